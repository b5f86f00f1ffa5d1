import { commandBlocks, fencedBlocks, type Page, partsOf, sectionOf, type Typed } from './documents.ts';

export interface Runners {
  /** The source of each test, by its path. */
  tests: Record<string, string>;
  /** The text of `.ci/run`. */
  ci: string;
  /** Commands that nothing can run here, with the reason, by the page that has them. */
  notRun: Partial<Record<Page, Record<string, string>>>;
}

/** What a test calls one of the functions that read pages with. */
interface Call {
  page: Page;
  /** A command, or the heading of a section. */
  text: string;
  path: string;
}

/**
 * Commands of the pages that nothing runs, and runs of what they do not have, in a line each. A command that stands on several pages
 * is to be typed once.
 */
export function documentViolations(texts: Partial<Record<Page, string>>, { tests, ci, notRun }: Runners): string[] {
  const calls = readersOf(tests);
  const pages = Object.entries(texts).map(([name, text]) => new PageCommands(name as Page, text ?? '', calls));
  const run = new Set([...commandsOfCi(ci), ...pages.flatMap((page) => page.typed())]);
  return pages.flatMap((page) => page.violations(run, notRun[page.name] ?? {}));
}

class PageCommands {
  readonly name: Page;
  readonly #text: string;
  readonly #blocks: Typed[][];
  readonly #commands: Set<string>;
  readonly #calls: Readers;

  constructor(name: Page, text: string, calls: Readers) {
    this.name = name;
    this.#text = text;
    this.#blocks = commandBlocks(text);
    this.#commands = new Set(this.#blocks.flat().flatMap(({ command }) => [command, ...partsOf(command)]));
    const ofPage = (all: Call[]) => all.filter(({ page }) => page === name);
    this.#calls = {
      blocks: ofPage(calls.blocks),
      commands: ofPage(calls.commands),
      sections: ofPage(calls.sections),
    };
  }

  /** The commands that tests type. */
  typed(): string[] {
    const { blocks, commands, sections } = this.#calls;
    const whole = this.#blocks.filter(([first]) => blocks.some(({ text }) => text === first?.command));
    const ofSections = sections.flatMap(({ text }) => fencedBlocks(sectionOf(this.#text, text) ?? ''));
    return [...[...whole, ...ofSections].flat().map(({ command }) => command), ...commands.map(({ text }) => text)];
  }

  violations(run: ReadonlySet<string>, notRun: Record<string, string>): string[] {
    const isRun = (command: string): boolean => run.has(command) || partsOf(command).every((part) => run.has(part));
    const isAccounted = (command: string): boolean => isRun(command) || command in notRun;
    const firsts = new Set(this.#blocks.map(([first]) => first?.command ?? ''));
    const { blocks, commands, sections } = this.#calls;
    return [
      ...this.#blocks
        .flat()
        .filter(({ command }) => !isAccounted(command) && !partsOf(command).every(isAccounted))
        .map(({ command }) => `nothing runs: ${command}`),
      ...blocks
        .filter(({ text }) => !firsts.has(text))
        .map(({ text, path }) => `${path} types a block that is not there: ${text}`),
      ...commands
        .filter(({ text }) => !this.#commands.has(text))
        .map(({ text, path }) => `${path} types what is not there: ${text}`),
      ...sections
        .filter(({ text }) => sectionOf(this.#text, text) === undefined)
        .map(({ text, path }) => `${path} types a section that is not there: ${text}`),
      ...Object.keys(notRun).flatMap((command) => {
        if (!this.#commands.has(command)) return [`is not there: ${command}`];
        return isRun(command) ? [`can be run after all: ${command}`] : [];
      }),
    ].map((violation) => `${this.name}: ${violation}`);
  }
}

const commandsOfCi = (ci: string): string[] =>
  [...ci.matchAll(/(?:section|suite|beside) '[^']+' (?:- )?\d+ (?:\.ci\/without-root )?([^;&\n]+)/g)].map(
    ([, run = '']) => run.trim(),
  );

interface Readers {
  blocks: Call[];
  commands: Call[];
  sections: Call[];
}

const readersOf = (tests: Record<string, string>): Readers => ({
  blocks: [...callsOf('readmeBlock', tests, 'README.md'), ...callsOf('pageBlock', tests)],
  commands: [...callsOf('readmeCommand', tests, 'README.md'), ...callsOf('pageCommand', tests)],
  sections: callsOf('documentedCommands', tests),
});

const literal = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/.source;

/** Calls with literals, of tests that import what reads pages: another function may have such a name. */
function callsOf(name: string, tests: Record<string, string>, page?: Page): Call[] {
  const call = new RegExp(`\\b${name}\\(\\s*(?:${page === undefined ? `(?:${literal}),\\s*` : ''}(?:${literal}))`, 'g');
  return Object.entries(tests)
    .filter(([, source]) => /\/(?:readme|documents|documented)\.ts'/.test(source))
    .flatMap(([path, source]) =>
      [...source.matchAll(call)].map(([, ...groups]) => {
        const words = groups.filter((group) => group !== undefined).map((word) => word.replaceAll(/\\(.)/g, '$1'));
        const [first = '', second = ''] = words;
        return page === undefined ? { page: pageOf(first), text: second, path } : { page, text: first, path };
      }),
    );
}

/** `documentedCommands` names a page of docs/ without its folder. */
const pageOf = (name: string): Page =>
  name === 'README.md' || name === 'CONTRIBUTING.md' ? name : (`docs/${name.replace(/^docs\//, '')}` as Page);
