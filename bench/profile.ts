/**
 * `npm run bench:profile`: where the daemon's main thread spends its time while it works off 3,000 claims that wait, from its
 * start to the last volume. It runs from its sources, whose file names the bundle has lost.
 */
import { join } from 'node:path';
import { OwnedDirectory } from '../test/control-plane/real/owned-directory.ts';
import { createClaims } from './cluster/claims.ts';
import { onFreshCluster } from './cluster/fresh-cluster.ts';

const profilesPath = join(import.meta.dirname, '../.build/profiles');

const leftovers = new OwnedDirectory('profile');
const repetition = { number: 0, leftoversPath: leftovers.path, peer: undefined };
await onFreshCluster(repetition, async ({ cluster, startDaemon }) => {
  const created = await createClaims(cluster, 3_000, 32);
  const daemon = await startDaemon({
    program: join(import.meta.dirname, '../src/main.ts'),
    env: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profilesPath}` },
  });
  await daemon.untilSeen(created.map(({ volume }) => volume));
  await daemon.kill(); // gracefully: that is when the profile is written
}).finally(() => leftovers.remove());
console.log(`${profilesPath}: open the newest file in the Performance panel of Chrome's developer tools`);
