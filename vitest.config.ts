import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

interface SuiteOptions {
  timeoutMs: number;
  controlPlane: boolean;
  /** Its tests. Default: all in the folder of its name. */
  include?: string[];
  exclude?: string[];
  /** File after file: its tests use what the machine has once. */
  inOrder?: boolean;
  /** Tests of one file at the same time, as many as this: they wait more than they work, and each has a cluster of its own. */
  atOnce?: number;
  /** Files of one worker share the modules that they load, which halves the time of short tests. */
  sharedModules?: boolean;
}

/** The time limits are for what hangs: a test may take four times as long on a busy machine, and is none the worse for it. */
const suite = (name: string, options: SuiteOptions) => ({
  test: {
    name,
    include: options.include ?? [`test/${name}/**/*.test.ts`],
    exclude: options.exclude ?? [],
    testTimeout: options.timeoutMs,
    hookTimeout: options.timeoutMs,
    // A daemon loads its sources in half the time with what an earlier one has compiled; there are hundreds of starts.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, '.build/compile-cache') },
    ...(options.controlPlane ? { globalSetup: ['test/support/start-control-plane.ts'] } : {}),
    ...(options.inOrder ? { fileParallelism: false } : {}),
    ...(options.atOnce ? { sequence: { concurrent: true }, maxConcurrency: options.atOnce } : {}),
    ...(options.sharedModules ? { isolate: false } : {}),
  },
});

/** Each crash and interleaving in turn, and the tests of what is used to test and measure. Any change may move what a planted bug replaces. */
const longUnit = ['test/unit/{bench,faults}/**/!(planted-bugs).test.ts', 'test/unit/disk/**/{crash,erase*}.test.ts'];

/** Their helpers have hooks, or they replace a module: both happen only when a module is loaded. */
const ownModules = ['test/unit/controller/**/*.test.ts', 'test/unit/disk/{kept-order,usage/walk-interleaving}.test.ts'];

const longIntegration = ['test/integration/long/**/*.test.ts'];

/** Where to write a report for programs, besides the one for people; .ci/run asks for it. */
const reportPath = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    // Most tests wait more than they work.
    maxWorkers: Math.max(4, availableParallelism()),
    ...(reportPath ? { reporters: ['default', 'json'], outputFile: { json: reportPath } } : {}),
    projects: [
      suite('unit', {
        timeoutMs: 60_000,
        controlPlane: false,
        exclude: [...longUnit, ...ownModules],
        sharedModules: true,
      }),
      suite('unit-apart', { timeoutMs: 60_000, controlPlane: false, include: ownModules }),
      suite('unit-long', { timeoutMs: 60_000, controlPlane: false, include: longUnit }),
      suite('contract', { timeoutMs: 60_000, controlPlane: true }),
      suite('integration', { timeoutMs: 120_000, controlPlane: true, exclude: longIntegration, atOnce: 3 }),
      suite('integration-long', { timeoutMs: 180_000, controlPlane: true, include: longIntegration, atOnce: 3 }),
      suite('hostile', { timeoutMs: 1_200_000, controlPlane: false, inOrder: true }),
      suite('disks', { timeoutMs: 120_000, controlPlane: true, inOrder: true }),
      suite('image', { timeoutMs: 300_000, controlPlane: false }),
      suite('monitoring', { timeoutMs: 60_000, controlPlane: true }),
      suite('release', { timeoutMs: 300_000, controlPlane: false, inOrder: true }),
      suite('install', { timeoutMs: 120_000, controlPlane: false, inOrder: true }),
      suite('page', { timeoutMs: 120_000, controlPlane: false, inOrder: true }),
      suite('quiet', { timeoutMs: 120_000, controlPlane: false, inOrder: true }),
      suite('selinux', { timeoutMs: 600_000, controlPlane: true, inOrder: true }),
      suite('e2e', { timeoutMs: 180_000, controlPlane: false, inOrder: true }),
      suite('walk', { timeoutMs: 2_400_000, controlPlane: false, inOrder: true }),
      suite('kafka', { timeoutMs: 600_000, controlPlane: false, inOrder: true }),
    ],
  },
});
