import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { parseMounts } from '../../src/disk/base/mount.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';
import { run } from './disk.ts';
import { obstacles } from './obstacles.ts';

/** Covers a look at the base directory, which comes every five seconds, and whatever a claim has done. */
const blockedForMs = 7_000;

/** Mounts a file system whose answers can be stopped at the base directory, for the time of the operation. */
async function onBlockable(cluster: Cluster, operation: (server: ChildProcess) => Promise<void>): Promise<void> {
  const server = await mountBlockable(cluster);
  const ended = once(server, 'exit');
  try {
    await operation(server);
  } finally {
    server.kill('SIGCONT');
    await cluster.removeDaemons();
    run('umount', cluster.base);
    await ended;
  }
}

/** Whether the process has something open in the directory. */
function hasOpen(pid: number | undefined, directory: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((descriptor) => {
    try {
      return readlinkSync(join(folder, descriptor)).startsWith(directory);
    } catch {
      return false; // it was closed meanwhile
    }
  });
}

async function mountBlockable(cluster: Cluster): Promise<ChildProcess> {
  const source = join(cluster.folder, 'source');
  mkdirSync(source);
  const server = spawn('bindfs', ['-f', source, cluster.base], { stdio: 'ignore' });
  await until('bindfs is mounted', async () =>
    parseMounts(readFileSync('/proc/self/mountinfo', 'utf8')).some(({ point }) => point === cluster.base),
  );
  return server;
}

describe.skipIf(obstacles().length > 0)('a disk that does not answer', () => {
  test('holds up claims and volumes, and not the daemon, which goes on when it answers again', async ({ cluster }) => {
    await onBlockable(cluster, async (server) => {
      const daemon = await cluster.startDaemon();
      await cluster.createClaim('early');
      await cluster.untilBound('early');

      server.kill('SIGSTOP');
      await cluster.createClaim('late');
      await cluster.deleteClaim('early');
      const endsAt = performance.now() + blockedForMs;
      while (performance.now() < endsAt) {
        expect(await daemon.get('/healthz')).toMatchObject({ status: 200 });
        expect(await daemon.get('/metrics')).toMatchObject({ status: 200 });
        await delay(200);
      }
      expect((await cluster.readClaim('late'))?.status?.phase).toBe('Pending');

      server.kill('SIGCONT');
      await cluster.untilBound('late');
    });
  });

  test('does not hold up another pool, however many claims wait for it', async ({ cluster }) => {
    const other = await cluster.makeBase('other');
    for (const pool of ['blocked', 'other'])
      await cluster.createClass(`${cluster.className}-${pool}`, { parameters: { pool } });
    const claimIn = (pool: string, name: string) =>
      cluster.createClaim(name, { spec: { storageClassName: `${cluster.className}-${pool}` } });
    await onBlockable(cluster, async (server) => {
      const env = { UV_THREADPOOL_SIZE: '128' }; // as the chart and overlays/pools set it
      const daemon = await cluster.startDaemon({ env, baseDirectory: [`blocked=${cluster.base}`, `other=${other}`] });
      await claimIn('blocked', 'early');
      await cluster.untilBound('early');

      // In an open base directory, the daemon looks at names in its main thread, and one such look would stop all of it.
      await until('the base directory is closed', async () => !hasOpen(daemon.process.pid, cluster.base));
      server.kill('SIGSTOP');
      for (let index = 0; index < 40; index++) await claimIn('blocked', `waits-${index}`);
      await delay(blockedForMs); // looks at the base directory wait, too
      await claimIn('other', 'served');
      await cluster.untilBound('served');
      await cluster.deleteClaim('served');
      await until('the other directory is erased', async () => (await cluster.directories('other')).length === 0);

      server.kill('SIGCONT');
      await cluster.untilBound('waits-39');
    });
  });
});
