import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { circles, type SourceFile, violations } from '../support/layout-rules.ts';

async function sources(): Promise<SourceFile[]> {
  const root = join(import.meta.dirname, '../../src');
  const names = await readdir(root, { recursive: true });
  const paths = names.filter((name) => name.endsWith('.ts'));
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })));
}

test('every source file keeps to the layout', async () => {
  const files = await sources();
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['main.ts', 'volume/decide.ts']));
  expect(files.flatMap(violations)).toEqual([]);
});

describe('files that load each other', () => {
  test('are not among the sources', async () => {
    expect(circles(await sources())).toEqual([]);
  });

  test('are found, whichever is read first and wherever the way to them begins', () => {
    const loads = (path: string, from: string) => ({ path, text: `import { x } from '${from}';` });
    const files = [
      loads('main.ts', './a/one.ts'),
      loads('a/one.ts', '../b/two.ts'),
      loads('b/two.ts', '../a/three.ts'),
      loads('a/three.ts', './one.ts'),
      loads('b/itself.ts', './itself.ts'),
    ];
    const expected = ['a/one.ts → b/two.ts → a/three.ts → a/one.ts', 'b/itself.ts → b/itself.ts'];
    expect(circles(files)).toEqual(expected);
    expect(circles(files.reverse())).toHaveLength(2);
  });

  test('may share types, and a file that several load', () => {
    const files = [
      { path: 'a.ts', text: "import { b } from './b.ts';\nimport { c } from './c.ts';" },
      { path: 'b.ts', text: "import type { A } from './a.ts';\nimport { type A, c } from './c.ts';" },
      { path: 'c.ts', text: "import { type A, type B } from './a.ts';\n// import { b } from './b.ts';" },
    ];
    expect(circles(files)).toEqual([]);
  });
});

describe('the layout rules find', () => {
  test.each([
    ['the disk outside storage', 'volume/act.ts', "import { rmdir } from 'node:fs/promises';"],
    ['the disk without prefix', 'changes/base-directory.ts', "import fs from 'fs';"],
    ['the disk by fs-extra', 'daemon.ts', "import { ensureDir } from 'fs-extra';"],
    ['the disk by a late import', 'controller.ts', "const fs = await import('node:fs');"],
    ['the disk by require', 'volume/act.ts', "const fs = require('fs');"],
    ['the disk for its side effects', 'volume/provision.ts', "import 'node:fs';"],
    ['the disk in a list over several lines', 'daemon.ts', "import {\n  type Stats,\n  stat,\n} from 'node:fs';"],
    ['the disk exported on', 'daemon.ts', "export * from 'node:fs';"],
    ['a client value outside kube', 'daemon.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
    ['a WebSocket outside kube', 'plugin/cluster/api-sources.ts', "import { WebSocket } from 'ws';"],
    ['a request outside kube', 'changes/classes.ts', "import { request } from 'undici';"],
    ['a request by Node', 'volume/observe.ts', "import { request } from 'node:https';"],
    ['another program', 'disk/trash/move-to-trash.ts', "import { exec } from 'node:child_process';"],
    ['a thread outside storage', 'controller.ts', "import { Worker } from 'node:worker_threads';"],
    ['a decision that reads the API', 'volume/decide.ts', "import { observe } from './observe.ts';"],
    ['a rule that reads the API', 'volume/rules/wanted.ts', "import { observe } from '../observe.ts';"],
    ['a rule that remembers', 'volume/rules/place.ts', "import { Notes } from '../notes.ts';"],
    ['a view that asks the disk', 'volume/view.ts', "import { act } from './act.ts';"],
    ['a decision that acts', 'trash/decide.ts', "import { actOnTrash } from './act.ts';"],
    ['a decision that logs', 'volume/rules/let-go.ts', "import { createLogger } from '../../report/log.ts';"],
    ['a decision that waits', 'trash/decide.ts', "import { setTimeout } from 'node:timers/promises';"],
    ['a model that knows the cluster', 'model/volume.ts', "import { ApiError } from '../kube/calls/kube-api.ts';"],
    ['a model that has a library', 'model/names.ts', "import { v4 } from 'uuid';"],
    ['kube that knows the flows', 'kube/watch/reflector.ts', "import { decide } from '../../volume/decide.ts';"],
    [
      'a disk that knows the cluster',
      'disk/trash/erase.ts',
      "import { ApiError } from '../../kube/calls/kube-api.ts';",
    ],
    ['a flow that knows the client', 'volume/act.ts', "import { createKubeApi } from '../kube/calls/client.ts';"],
    ['a flow that knows the storage', 'trash/act.ts', "import { readRecord } from '../disk/journal/journal.ts';"],
    ['a flow that knows the other', 'volume/act.ts', "import type { TrashView } from '../trash/observe.ts';"],
    ['a trash that knows the volumes', 'trash/decide.ts', "import { recordOf } from '../volume/view.ts';"],
    ['a flow that reports itself', 'volume/volume-flow.ts', "import type { Logger } from '../report/log.ts';"],
    [
      'a change that knows what becomes of it',
      'changes/volumes.ts',
      "import type { VolumeView } from '../volume/view.ts';",
    ],
    ['a report that asks', 'report/volume-report.ts', "import { observe } from '../volume/observe.ts';"],
    ['a restore that knows the flows', 'restore/act.ts', "import { act } from '../volume/act.ts';"],
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
    ['a queue that reports', 'flow/work-queue.ts', "import type { VolumeReport } from '../report/volume-report.ts';"],
    ['a queue that knows its keys', 'flow/reconcile.ts', "import { decide } from '../volume/decide.ts';"],
    ['main that builds parts', 'main.ts', "import { Controller } from './controller.ts';"],
    ['main that builds parts late', 'main.ts', "const { Controller } = await import('./controller.ts');"],
    ['main that knows the cluster', 'main.ts', "import { findServer } from './kube/connection/kube-config.ts';"],
    ['main that keeps who asks for help waiting', 'main.ts', "import { startDaemon } from './daemon.ts';"],
    ['a memory that knows the cluster', 'volume/notes.ts', "import { request } from 'undici';"],
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
      { path: 'volume/decide.ts', text: "import type { VolumeView } from './observe.ts';" },
      { path: 'volume/rules/place.ts', text: "import { type VolumeView } from '../observe.ts';" },
      { path: 'trash/decide.ts', text: "import { StorageError } from '../disk/port.ts';" },
      { path: 'volume/rules/let-go.ts', text: "import { join } from 'node:path';" },
      { path: 'model/kubernetes.ts', text: "import type {\n  V1Node,\n} from '@kubernetes/client-node';" },
      { path: 'changes/cluster.ts', text: "import type { ClusterReport } from '../report/cluster-report.ts';" },
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
