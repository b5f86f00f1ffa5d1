import { describe, expect } from 'vitest';
import { test } from './install-test.ts';
import { type } from './typed.ts';

const say = (...lines: string[]) => `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}`;
const shown = (...lines: string[]) => lines.map((line) => `${line}\n`).join('');

describe('What a command prints', () => {
  test.for<[what: string, printed: string[], shown: string[]]>([
    ['the same', ['pod/test-pod created'], ['pod/test-pod created']],
    [
      'other names, ages and widths',
      ['pvc-0a1b2c3d-0000-4000-8000-0123456789ab  1h2m'],
      ['pvc-c5a8fe30-630f-4afd-9a32-0ba3adefd9cc   2s'],
    ],
    ['another pod of the daemon', ['pod/hostpath-provisioner-abcde'], ['pod/hostpath-provisioner-x7k2p']],
    ['waiting', ['Waiting for 1 pods to be ready...', 'done'], ['done']],
    ['the namespace of what is deleted', ['pod "a" deleted from default namespace'], ['pod "a" deleted']],
  ])('may be %s', async ([, printed, expected], { shell }) => {
    await type(shell, [{ command: say(...printed), output: shown(...expected) }]);
  });

  test.for<[what: string, printed: string[], shown: string[]]>([
    ['another word', ['pod/test-pod unchanged'], ['pod/test-pod created']],
    ['another name', ['pod/test-pod-2 created'], ['pod/test-pod created']],
    ['a line more', ['hello', 'hello'], ['hello']],
    ['anything, where nothing is shown', ['anything'], []],
    ['a line less', ['hello'], ['hello', 'Processed a total of 1 messages']],
  ])('may not be %s', async ([, printed, expected], { shell }) => {
    const typed = type(shell, [{ command: say(...printed), output: shown(...expected) }]);
    await expect(typed).rejects.toThrow('to deeply equal');
  });

  test('may be anything, where the block has no prompts', async ({ shell }) => {
    await type(shell, [{ command: 'echo anything', output: undefined }]);
  });

  test('counts on standard error, too', async ({ shell }) => {
    await type(shell, [{ command: 'echo No resources found >&2', output: 'No resources found\n' }]);
  });
});

describe('A block of commands', () => {
  test('fails with a command that does, whatever is shown', async ({ shell }) => {
    await expect(type(shell, [{ command: 'echo a; false', output: 'a\n' }])).rejects.toThrow('exit status 1');
  });

  test('is typed with the names of the user, all of which it has', async ({ shell }) => {
    await type(shell, [{ command: 'echo NAME', output: 'data\n' }], { NAME: 'data' });
    await expect(type(shell, [{ command: 'echo NAME', output: undefined }], { NODE: 'node-1' })).rejects.toThrow(
      'NODE',
    );
  });
});
