import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandNames } from '../../../src/plugin/command-line/commands.ts';
import { type Flag, flags } from '../../../src/plugin/command-line/flags.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/plugin.md'), 'utf8');
const [, ofCommands = '', ofFlags = ''] = page.split(/^## (?:Commands|Flags)$/m);

describe('docs/plugin.md has a row for each', () => {
  test('command', () => {
    const rows = [...ofCommands.matchAll(/^\| `(\w+)[^`]*` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(commandNames);
  });

  test('flag', () => {
    const rows = [...ofFlags.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, names = '']) => names.match(/-[\w-]+/g) ?? []);
    const known = Object.entries<Flag>(flags).flatMap(([name, { short }]) => [
      ...(short === undefined ? [] : [`-${short}`]),
      `--${name}`,
    ]);
    expect(rows.sort()).toEqual(known.filter((name) => !['--help', '-h'].includes(name)).sort());
  });
});
