import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
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

/** A file system whose answers can be stopped, at the base directory. */
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
    const server = await mountBlockable(cluster);
    const ended = once(server, 'exit');
    try {
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
    } finally {
      server.kill('SIGCONT');
      await cluster.removeDaemons();
      run('umount', cluster.base);
      await ended;
    }
  });
});
