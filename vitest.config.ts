import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The time limits are for what hangs: a test may take four times as long on a busy machine, and is none the worse for it. */
const suite = (name: string, options: { timeoutMs: number; controlPlane: boolean; inOrder?: boolean }) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeoutMs,
    hookTimeout: options.timeoutMs,
    // A daemon loads its sources in half the time with what an earlier one has compiled; there are hundreds of starts.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, '.build/compile-cache') },
    ...(options.controlPlane ? { globalSetup: ['test/support/start-control-plane.ts'] } : {}),
    ...(options.inOrder ? { fileParallelism: false } : {}),
  },
});

/** Where to write a report for programs, besides the one for people; .ci/run asks for it. */
const reportPath = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    // Most tests wait more than they work.
    maxWorkers: Math.max(4, availableParallelism()),
    ...(reportPath ? { reporters: ['default', 'json'], outputFile: { json: reportPath } } : {}),
    projects: [
      suite('unit', { timeoutMs: 60_000, controlPlane: false }),
      suite('contract', { timeoutMs: 60_000, controlPlane: true }),
      suite('integration', { timeoutMs: 120_000, controlPlane: true }),
      suite('hostile', { timeoutMs: 1_200_000, controlPlane: false, inOrder: true }),
      suite('disks', { timeoutMs: 120_000, controlPlane: true, inOrder: true }),
      suite('image', { timeoutMs: 300_000, controlPlane: false }),
      suite('install', { timeoutMs: 120_000, controlPlane: false, inOrder: true }),
      suite('selinux', { timeoutMs: 600_000, controlPlane: true, inOrder: true }),
      suite('e2e', { timeoutMs: 180_000, controlPlane: false, inOrder: true }),
      suite('kafka', { timeoutMs: 600_000, controlPlane: false, inOrder: true }),
    ],
  },
});
