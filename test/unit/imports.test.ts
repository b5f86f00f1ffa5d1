import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type SourceFile, violations } from '../support/layout-rules.ts';

async function sources(): Promise<SourceFile[]> {
  const root = join(import.meta.dirname, '../../src');
  const names = await readdir(root, { recursive: true });
  const paths = names.filter((name) => name.endsWith('.ts'));
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })));
}

test('every source file keeps to the layout', async () => {
  const files = await sources();
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['main.ts', 'provision/decide.ts']));
  expect(files.flatMap(violations)).toEqual([]);
});

describe('the layout rules find', () => {
  test.each([
    ['the disk outside storage', 'delete/act.ts', "import { rmdir } from 'node:fs/promises';"],
    ['the disk without prefix', 'changes/base-directory.ts', "import fs from 'fs';"],
    ['the disk by fs-extra', 'daemon.ts', "import { ensureDir } from 'fs-extra';"],
    ['the disk by a late import', 'controller.ts', "const fs = await import('node:fs');"],
    ['the disk by require', 'provision/act.ts', "const fs = require('fs');"],
    ['the disk for its side effects', 'provision/act.ts', "import 'node:fs';"],
    ['the disk in a list over several lines', 'daemon.ts', "import {\n  type Stats,\n  stat,\n} from 'node:fs';"],
    ['the disk exported on', 'daemon.ts', "export * from 'node:fs';"],
    ['a client value outside kube', 'daemon.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
    ['a request outside kube', 'changes/classes.ts', "import { request } from 'undici';"],
    ['a request by Node', 'delete/observe.ts', "import { request } from 'node:https';"],
    ['another program', 'disk/trash/move-to-trash.ts', "import { exec } from 'node:child_process';"],
    ['a thread outside storage', 'controller.ts', "import { Worker } from 'node:worker_threads';"],
    ['a decision that reads the API', 'provision/decide.ts', "import { readVolume } from './observe.ts';"],
    ['a decision that acts', 'delete/decide.ts', "import { actOnVolume } from './act.ts';"],
    ['a decision that logs', 'delete/decide.ts', "import { createLogger } from '../report/log.ts';"],
    ['a decision that waits', 'provision/decide.ts', "import { setTimeout } from 'node:timers/promises';"],
    ['a model that knows the cluster', 'model/volume.ts', "import { ApiError } from '../kube/calls/kube-api.ts';"],
    ['a model that has a library', 'model/names.ts', "import { v4 } from 'uuid';"],
    ['kube that knows the flows', 'kube/watch/reflector.ts', "import { decideDelete } from '../../delete/decide.ts';"],
    [
      'a disk that knows the cluster',
      'disk/trash/erase.ts',
      "import { ApiError } from '../../kube/calls/kube-api.ts';",
    ],
    ['a flow that knows the client', 'provision/act.ts', "import { createKubeApi } from '../kube/calls/client.ts';"],
    ['a flow that knows the storage', 'delete/act.ts', "import { readRecord } from '../disk/journal/journal.ts';"],
    ['a flow that knows the other', 'delete/act.ts', "import { actOnClaim } from '../provision/act.ts';"],
    ['a restore that knows the flows', 'restore/act.ts', "import { actOnVolume } from '../delete/act.ts';"],
    ['a restore that decides by reading', 'restore/decide.ts', "import { observeRestore } from './observe.ts';"],
    [
      'a command that knows the journal',
      'commands/trash-command.ts',
      "import { readRecord } from '../disk/journal/journal.ts';",
    ],
    [
      'a command line that loads a command',
      'commands/command-line.ts',
      "import { runTrash } from './trash-command.ts';",
    ],
    ['main that loads a command too early', 'main.ts', "import { runTrash } from './commands/trash-command.ts';"],
    ['a queue that records', 'flow/work-queue.ts', "import { Recorder } from '../report/report.ts';"],
    ['main that builds parts', 'main.ts', "import { Controller } from './controller.ts';"],
    ['main that builds parts late', 'main.ts', "const { Controller } = await import('./controller.ts');"],
    ['main that knows the cluster', 'main.ts', "import { findServer } from './kube/connection/kube-config.ts';"],
    ['main that keeps who asks for help waiting', 'main.ts', "import { startDaemon } from './daemon.ts';"],
    ['a memory of the claim flow that knows the cluster', 'provision/doubts.ts', "import { request } from 'undici';"],
    ['a part that no rule knows', 'cli/main.ts', "import { volumeOf } from '../model/volume.ts';"],
    ['the environment outside config', 'kube/connection/kube-config.ts', 'const path = process.env.KUBECONFIG;'],
    ['the environment by import', 'daemon.ts', "import { env } from 'node:process';"],
    ['an exit outside main', 'daemon.ts', 'if (stopped) process.exit(1);'],
    ['rm', 'disk/trash/erase.ts', 'await rm(path, { recursive: true });'],
    ['rm by import', 'disk/trash/erase.ts', "import { open, rm as unlink } from 'node:fs/promises';"],
    ['rmSync', 'disk/trash/erase.ts', 'rmSync(path, { force: true });'],
    ['rm of the whole module', 'disk/trash/erase.ts', 'await fs.promises.rm(path);'],
    ['remove of fs-extra', 'disk/trash/erase.ts', "import { remove } from 'fs-extra';"],
    ['emptyDir of fs-extra', 'disk/trash/erase.ts', 'await fse.emptyDir(path);'],
    ['rmdir of a tree', 'disk/trash/erase.ts', 'await rmdir(path, { recursive: true });'],
    ['rimraf', 'disk/trash/erase.ts', "import { rimraf } from 'rimraf';"],
    ['rm -rf', 'disk/trash/erase.ts', 'await run(`rm -rf $' + '{path}`);'],
  ])('%s', (_, path, text) => {
    const found = violations({ path, text });
    expect(found).not.toEqual([]);
    expect(found.every((line) => line.startsWith(path))).toBe(true);
  });

  test('nothing in what is allowed', () => {
    const allowed: SourceFile[] = [
      { path: 'provision/decide.ts', text: "import type { ClaimView } from './observe.ts';" },
      { path: 'provision/decide.ts', text: "import { type ClaimView } from './observe.ts';" },
      { path: 'delete/decide.ts', text: "import { StorageError } from '../disk/port.ts';" },
      { path: 'delete/decide.ts', text: "import { join } from 'node:path';" },
      { path: 'model/kubernetes.ts', text: "import type {\n  V1Node,\n} from '@kubernetes/client-node';" },
      { path: 'flow/work-queue.ts', text: "import type { Logger } from '../report/log.ts';" },
      { path: 'disk/trash/erase.ts', text: "import { rmdir, unlink } from 'node:fs/promises';\nawait rmdir(path);" },
      { path: 'main.ts', text: "const { startDaemon } = await import('./daemon.ts');" },
      { path: 'main.ts', text: "import { StartError } from './model/start-error.ts';" },
      { path: 'main.ts', text: 'process.exit(2);\nread(process.env);' },
      { path: 'daemon.ts', text: '// Nobody calls process.exit() here, nor "rm -rf".\n/* import "node:fs" */' },
      { path: 'daemon.ts', text: 'const environment: NodeJS.ProcessEnv = given; // process.env' },
    ];
    expect(allowed.flatMap(violations)).toEqual([]);
  });
});
