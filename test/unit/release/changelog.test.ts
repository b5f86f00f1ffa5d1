import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changesIn, sectionOf, versionsIn } from '../../../scripts/release/changelog.ts';

const changelog = `# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-01

### Added

- One thing,
  which is long.
- Another.

### Security

- A hole is closed.

## [0.1.0] - 2026-11-01

### Added

- The first.
`;

test('The notes of a release are the section of its version, and nothing of the next', () => {
  expect(sectionOf(changelog, '0.2.0')).toBe(
    '### Added\n\n- One thing,\n  which is long.\n- Another.\n\n### Security\n\n- A hole is closed.\n',
  );
});

test('The changes for Artifact Hub have a kind and one line each', () => {
  expect(changesIn(sectionOf(changelog, '0.2.0'))).toEqual([
    { kind: 'added', description: 'One thing, which is long.' },
    { kind: 'added', description: 'Another.' },
    { kind: 'security', description: 'A hole is closed.' },
  ]);
});

test.each([
  ['is not there', '0.3.0', 'no section [0.3.0], only Unreleased, 0.2.0, 0.1.0'],
  ['is empty', 'Unreleased', 'the section [Unreleased] of CHANGELOG.md is empty'],
])('A section that %s stops the release', (_, version, told) => {
  expect(() => sectionOf(changelog, version)).toThrow(told);
});

test('A heading that Artifact Hub does not know stops the release', () => {
  expect(() => changesIn('### Improved\n\n- This.\n')).toThrow('"Improved": use one of Added');
});

test('The changelog of this project can be read', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../CHANGELOG.md'), 'utf8');
  const [newest = ''] = versionsIn(text);
  expect(changesIn(sectionOf(text, newest)).length).toBeGreaterThan(0);
});
