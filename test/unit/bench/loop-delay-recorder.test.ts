import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blockedMs, recordingLoopDelays, windowsWithin } from '../../../bench/loop-delays.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Blocks its loop for 200 ms, asleep, so that it waits for no processor; then lives on until that is written. */
const program = `
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200), 100);
  setTimeout(() => {}, 600);
`;

test('a loop that was blocked shows in the recorded delays', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'delays');
  const from = Date.now();
  execFileSync(process.execPath, ['-e', program], { env: { ...process.env, ...recordingLoopDelays(path) } });
  // Up to the window before the last, which is the one that ends the phase.
  const endOfLastButOne = Number(readFileSync(path, 'utf8').trimEnd().split('\n').at(-2)?.split(' ')[0]);
  const windows = windowsWithin({ from, to: endOfLastButOne }, readFileSync(path, 'utf8')) ?? [];
  expect(Math.max(...windows.map(blockedMs))).toBeGreaterThan(150);
});
