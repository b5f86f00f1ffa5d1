import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { test } from '../../support/integration.ts';
import { until } from '../../support/until.ts';

describe('a daemon that dies', () => {
  // It starts the daemon fourteen times.
  test('again and again in the midst of claims made and deleted, loses nothing and leaks nothing', {
    timeout: 180_000,
  }, async ({ cluster }) => {
    const keeper = await cluster.startDaemon();
    await cluster.createClaim('keeper');
    const { directory } = await cluster.untilBound('keeper');
    await writeFile(join(directory, 'precious'), 'content');
    await keeper.kill('SIGKILL');

    const rounds = 12;
    for (let round = 0; round < rounds; round += 1) {
      const daemon = await cluster.startDaemon({ waitUntilReady: false });
      await daemon.untilLogs('base directory is usable');
      const names = Array.from({ length: 5 }, (_, index) => `claim-${round}-${index}`);
      await Promise.all(names.map((name) => cluster.createClaim(name)));
      if (round > 0) await Promise.all([0, 1, 2].map((index) => cluster.deleteClaim(`claim-${round - 1}-${index}`)));
      // Not a wait for anything: each round ends at another moment of the work.
      await sleep(round * 25);
      await daemon.kill('SIGKILL');
    }

    await cluster.startDaemon();
    const expected = ['keeper'];
    for (let round = 0; round < rounds; round += 1) {
      const indexes = round === rounds - 1 ? [0, 1, 2, 3, 4] : [3, 4];
      expected.push(...indexes.map((index) => `claim-${round}-${index}`));
    }
    const bound = await Promise.all(expected.map((name) => cluster.untilBound(name)));
    const volumes = bound.map(({ volume }) => volume.metadata.name).sort();
    await until('only the directories of living claims are left', async () => {
      const seen = [
        await cluster.directories(),
        (await cluster.journal('volumes')).map((name) => name.replace('.json', '')).sort(),
      ];
      const trash = await cluster.journal('trash');
      if (JSON.stringify(seen) !== JSON.stringify([volumes, volumes]) || trash.length > 0) {
        throw new Error(
          JSON.stringify({ expected: volumes.length, directories: seen[0]?.length, records: seen[1]?.length, trash }),
        );
      }
      return true;
    });
    // The finalizer goes last, so an object may outlive its directory for a moment.
    await until('only the volumes of living claims are left', async () => {
      const labelled = await cluster.api.list(
        `/api/v1/persistentvolumes?labelSelector=${encodeURIComponent(`hostpath-provisioner/node=${cluster.nodeName}`)}`,
      );
      expect(labelled.map(({ metadata }) => metadata.name).sort()).toEqual(volumes);
      return true;
    });
    expect(await cluster.readFile(join(directory, 'precious'))).toBe('content');
  });
});
