/**
 * `npm run bench:profile`: where the daemon's main thread spends its time while it works off 3,000 claims that wait, from its
 * start to the last volume. It runs from its sources, whose file names the bundle has lost.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OwnedDirectory } from '../test/control-plane/real/owned-directory.ts';
import { createClaims } from './cluster/claims.ts';
import { type FreshCluster, onFreshCluster } from './cluster/fresh-cluster.ts';
import { VolumeWatcher } from './cluster/volume-watcher.ts';
import { type CpuProfile, selfTimeByPart } from './profile/cpu-profile.ts';
import { tableOf } from './report/table.ts';

const claims = 3_000;
const withinMs = 300_000;

const folder = new OwnedDirectory('profile');
try {
  await onFreshCluster({ number: 0, leftoversPath: folder.path, peer: undefined }, (fresh) =>
    profileWaiting(fresh, folder.path),
  );
  for (const name of readdirSync(folder.path).filter((name) => name.endsWith('.cpuprofile'))) {
    const profile: CpuProfile = JSON.parse(readFileSync(join(folder.path, name), 'utf8'));
    console.log(`${name}\n\n${timeTable(selfTimeByPart(profile))}`);
  }
} finally {
  await folder.remove();
}

async function profileWaiting({ cluster }: FreshCluster, profilesPath: string): Promise<void> {
  const created = await createClaims(cluster, claims, 32);
  const watcher = await VolumeWatcher.start(cluster.api);
  const daemon = await cluster.startDaemon({
    env: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profilesPath}` },
    logLevel: 'info',
    waitUntilReady: false,
  });
  await watcher.untilSeen(
    created.map(({ volume }) => volume),
    withinMs,
  );
  await daemon.kill(); // gracefully: that is when the profile is written
  watcher.stop();
}

function timeTable(times: Map<string, number>): string {
  const busyMs = [...times].reduce((sum, [part, ms]) => (part === '(idle)' ? sum : sum + ms), 0);
  const rows = [...times]
    .sort(([, a], [, b]) => b - a)
    .map(([part, ms]) => [part, ms.toFixed(0), part === '(idle)' ? '' : ((ms / busyMs) * 100).toFixed(1)]);
  return tableOf(['part', 'ms', '% of the busy time'], rows, (column) => column > 0);
}
