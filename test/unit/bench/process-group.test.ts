import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ProcessGroup } from '../../../bench/provisioners/process-group.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';

/** Says the ids of itself and of a process that it starts, and stays. */
const pair = 'sleep 1000 & echo $$ $!; wait';

test('what a command has started ends with it', async () => {
  await using directory = await temporaryDirectory();
  const logPath = join(directory.path, 'log');
  const group = new ProcessGroup(['sh', '-c', pair], {}, logPath);
  const pids = await until('both run', () => pidsIn(logPath));
  expect(pids.filter(isRunning)).toEqual(pids);
  await group.kill();
  await until('both have ended', () => !pids.some(isRunning));
});

test('it ends when whoever started it is killed', async () => {
  await using directory = await temporaryDirectory();
  const logPath = join(directory.path, 'log');
  const module = join(import.meta.dirname, '../../../bench/provisioners/process-group.ts');
  const program = `import { ProcessGroup } from ${JSON.stringify(module)};
    new ProcessGroup(['sh', '-c', ${JSON.stringify(pair)}], {}, ${JSON.stringify(logPath)});`;
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
  const pids = await until('both run', () => pidsIn(logPath));
  expect(pids.filter(isRunning)).toEqual(pids);
  starter.kill('SIGKILL');
  await until('both have ended', () => !pids.some(isRunning));
});

test('its log has its words, and that it has ended is told at once', async () => {
  await using directory = await temporaryDirectory();
  const logPath = join(directory.path, 'log');
  const group = new ProcessGroup(['sh', '-c', 'echo at "$PLACE"; nonsense'], { PLACE: 'home' }, logPath);
  await group.exited;
  expect(readFileSync(logPath, 'utf8')).toMatch(/^at home\n.*nonsense.*not found/);
  await group.kill();
});

function pidsIn(path: string): number[] | undefined {
  const pids = readFileSync(path, 'utf8').split(/\s/).filter(Boolean).map(Number);
  return pids.length === 2 ? pids : undefined;
}

/** A process that has ended may wait for its parent to ask for it; then it has no command line. */
const isRunning = (pid: number): boolean =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
