import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { controlQuotas, withoutSimpleQuotas } from '../../test/disks/quotas.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../cluster/fresh-cluster.ts';
import { onLoopDisk } from '../loop-disk.ts';

/** A fresh cluster whose daemons have a base directory on btrfs with simple quotas. */
export interface LimitedCluster extends FreshCluster {
  baseDirectory: string;
}

/** Classes with and without a limit, whose claims may grow. */
export const limitedClass = 'limited';
export const unlimitedClass = 'unlimited';

/** Runs a scenario on such a cluster. Its disk is gone afterwards. */
export function onLimitedCluster<Result>(
  repetition: Repetition,
  scenario: (limited: LimitedCluster) => Promise<Result>,
): Promise<Result> {
  const obstacles = withoutSimpleQuotas();
  if (obstacles.length > 0) throw new Error(obstacles.join('; '));
  return onLoopDisk(['mkfs.btrfs', '-q'], async (point) => {
    controlQuotas(point, 'enableSimple');
    const baseDirectory = join(point, 'base');
    mkdirSync(baseDirectory);
    return onFreshCluster(repetition, async ({ cluster, startDaemon, ...fresh }) => {
      const quotas = { [limitedClass]: 'enforce', [unlimitedClass]: 'none' };
      for (const [name, quota] of Object.entries(quotas)) {
        await cluster.createClass(name, { parameters: { quota }, allowVolumeExpansion: true });
      }
      const startOnDisk: FreshCluster['startDaemon'] = (options) => startDaemon({ baseDirectory, ...options });
      return scenario({ ...fresh, cluster, startDaemon: startOnDisk, baseDirectory });
    });
  });
}
