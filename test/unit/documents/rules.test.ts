import { describe, expect, test } from 'vitest';
import { documentViolations } from '../../support/document-rules.ts';
import { commandBlocks, sectionOf } from '../../support/documents.ts';

const fenced = (language: string, ...lines: string[]): string => [`\`\`\`${language}`, ...lines, '```', ''].join('\n');
const reader = "import { pageBlock } from '../support/documents.ts';\n";

/** What is told of pages whose commands these sources type. */
const told = (texts: Parameters<typeof documentViolations>[0], sources: string, notRun = {}, ci = '') =>
  documentViolations(texts, { tests: { 'test/x.test.ts': reader + sources }, ci, notRun });

describe('What a page tells to type', () => {
  test('is what stands in blocks of a shell and in sentences, without comments', () => {
    const text = `${fenced('sh', 'npm ci   # once', 'npm test')}Then \`kubectl get pv\`, with \`volumeType: local\`.\n`;
    expect(commandBlocks(text).map((block) => block.map(({ command }) => command))).toEqual([
      ['npm ci', 'npm test'],
      ['kubectl get pv'],
    ]);
  });

  test('is no block of another language, or of none', () => {
    expect(commandBlocks(fenced('', 'a -> b') + fenced('yaml', 'kind: Pod'))).toEqual([]);
  });

  test('may go on in the next line, or have a document', () => {
    const commands = ['one \\\n  two', "kubectl apply -f - <<'EOF'\nkind: Pod\nEOF", 'three |\n  four'];
    expect(commandBlocks(fenced('sh', ...commands)).flat()).toEqual(
      commands.map((command) => ({ command, output: undefined })),
    );
  });

  test('has what it prints below a prompt', () => {
    expect(commandBlocks(fenced('console', '$ one', 'first', 'second', '$ two'))).toEqual([
      [
        { command: 'one', output: 'first\nsecond\n' },
        { command: 'two', output: '' },
      ],
    ]);
  });

  test('ends, in a section, at the next heading, which is no comment of a block', () => {
    const text = `# A\n\n## B\n${fenced('sh', '# a comment', 'one')}### C\nrest`;
    expect(sectionOf(text, 'B')).toBe(fenced('sh', '# a comment', 'one').trimEnd());
    expect(sectionOf(text, 'D')).toBeUndefined();
  });
});

describe('A command of a page', () => {
  const page = { 'docs/a.md': fenced('sh', 'one x', 'two x') } as const;

  test('that nothing types is told, with its page', () => {
    expect(told(page, '')).toEqual(['docs/a.md: nothing runs: one x', 'docs/a.md: nothing runs: two x']);
  });

  test.each([
    ['its block', "pageBlock('docs/a.md', 'one x')", ''],
    ['each command', "pageCommand('docs/a.md', 'one x'); pageCommand('docs/a.md', 'two x')", ''],
    ['.ci/run and a test', "pageCommand('docs/a.md', 'two x')", "section 'one' - 2 one x\n"],
  ])('may be typed by %s', (_, source, ci) => {
    expect(told(page, source, {}, ci)).toEqual([]);
  });

  test('may be typed with its section', () => {
    const text = `## How\n\n${page['docs/a.md']}`;
    expect(told({ 'docs/a.md': text }, "documentedCommands('a.md', 'How')")).toEqual([]);
  });

  test('may stand on two pages, and be typed from one', () => {
    const texts = { ...page, 'README.md': 'Type `one x`.\n' } as const;
    expect(told(texts, "pageBlock('docs/a.md', 'one x')")).toEqual([]);
  });

  test('may be two, each of which is typed', () => {
    const texts = { 'docs/a.md': fenced('sh', 'one x && two x') } as const;
    expect(told(texts, "pageCommand('docs/a.md', 'one x'); pageCommand('docs/a.md', 'two x')")).toEqual([]);
  });

  test('that cannot be typed has a reason, which may not outlive that', () => {
    expect(told(page, '', { 'docs/a.md': { 'one x': 'no x', 'two x': 'no x' } })).toEqual([]);
    const reasons = { 'docs/a.md': { 'one x': 'no x', 'three x': 'no x' } };
    expect(told(page, "pageBlock('docs/a.md', 'one x')", reasons)).toEqual([
      'docs/a.md: can be run after all: one x',
      'docs/a.md: is not there: three x',
    ]);
  });

  test('is not typed by a test that reads no page', () => {
    const tests = { 'test/x.test.ts': "pageBlock('docs/a.md', 'one x')" };
    expect(documentViolations(page, { tests, ci: '', notRun: {} })).toHaveLength(2);
  });
});

test('What tests type of a page must be there', () => {
  const source = "pageBlock('docs/a.md', 'no x'); pageCommand('docs/a.md', 'nor x'); documentedCommands('a.md', 'Not')";
  expect(told({ 'docs/a.md': 'Nothing.\n' }, source)).toEqual([
    'docs/a.md: test/x.test.ts types a block that is not there: no x',
    'docs/a.md: test/x.test.ts types what is not there: nor x',
    'docs/a.md: test/x.test.ts types a section that is not there: Not',
  ]);
});
