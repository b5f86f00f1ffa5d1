import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { rowsOf } from '../../walk/shown-table.ts';
import { Terminal } from '../../walk/terminal.ts';

const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };

describe('The terminal of the walk', () => {
  test('shows what a command prints on both streams, and keeps what it exports', async () => {
    await using terminal = new Terminal(tmpdir(), env);
    expect(await terminal.run('export GREETING=hello; pwd >&2')).toBe(`${tmpdir()}\n`);
    expect(await terminal.run('echo "$GREETING"')).toBe('hello\n');
  });

  test('fails with a command that fails, and goes on', async () => {
    await using terminal = new Terminal(tmpdir(), env);
    await expect(terminal.run('echo no; false')).rejects.toThrow('exit status 1 of: echo no; false\nno\n');
    expect(await terminal.run('echo yes')).toBe('yes\n');
  });

  test('fails when its shell ends', async () => {
    await using terminal = new Terminal(tmpdir(), env);
    await expect(terminal.run('exit 3')).rejects.toThrow('the shell has ended with 3');
  });
});

test('A table is read by the names of its columns, which may have blanks', () => {
  const text = 'NODE     BASE DIRECTORY   SIZE\nnode-1   /srv/volumes     59Gi\nnode-2   <none>           1Gi\n';
  expect(rowsOf(text, ['SIZE'])).toEqual([
    { NODE: 'node-1', 'BASE DIRECTORY': '/srv/volumes' },
    { NODE: 'node-2', 'BASE DIRECTORY': '<none>' },
  ]);
});
