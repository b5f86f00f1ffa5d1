import type { Quota } from '../../model/volume-record.ts';
import type { OpenBase } from '../base/open-base.ts';
import { makeUnlessThere } from '../calls.ts';
import { getProject, setProject } from '../native/project.ts';
import { getProjectQuota, nextProjectId, setProjectLimit } from '../native/quotactl.ts';
import { StorageError } from '../port.ts';
import type { QuotaDriver } from './driver.ts';

/**
 * Project quotas of XFS and ext4. The directory of a volume has a project, which all that is made in it inherits.
 *
 * The owner of a file can set its project to 0 and so leave the quota: this stops accidents, not malice. A pod with a user
 * namespace of its own (`hostUsers: false`) cannot.
 */
export const projectQuotas: QuotaDriver = {
  limitsInodes: true,
  countsShared: true,

  diskOf: (base) => `device ${base.device}`,

  make: (parent, name) => makeUnlessThere(`/proc/self/fd/${parent}/${name}`),

  canHold: () => true,

  /** The limit first: from then on, nothing of the project is without it. */
  async hold(descriptor, quota) {
    await setLimit(descriptor, quota);
    await setProject(descriptor, { id: quota.id, inherit: true });
    const { id, inherit } = getProject(descriptor);
    if (id !== quota.id || !inherit) throw notHeld(`project ${id}, not ${quota.id}`);
  },

  set: (base, quota) => setLimit(base.descriptor, quota),

  async knows(base, id) {
    const found = await getProjectQuota(base.descriptor, id);
    return found !== undefined && Object.values(found).some((value) => value > 0);
  },

  async release(base, id) {
    const found = await getProjectQuota(base.descriptor, id);
    if (found === undefined) return true;
    if (found.usedInodes > 0) return false;
    if (found.limitBytes > 0 || found.limitInodes > 0) {
      await setProjectLimit(base.descriptor, id, { bytes: 0, inodes: 0 });
    }
    return true;
  },

  async usedIds(base, first, last) {
    const found: number[] = [];
    for (let id = await idFrom(base, first); id !== undefined && id <= last; id = await idFrom(base, id + 1))
      found.push(id);
    return found;
  },
};

const idFrom = (base: OpenBase, id: number): Promise<number | undefined> => nextProjectId(base.descriptor, id);

async function setLimit(descriptor: number, { id, bytes, inodes = 0 }: Quota): Promise<void> {
  await setProjectLimit(descriptor, id, { bytes, inodes });
  const found = await getProjectQuota(descriptor, id);
  if (found === undefined || found.limitBytes < bytes || found.limitInodes !== inodes) {
    throw notHeld(`a limit of ${found?.limitBytes ?? 0} bytes and ${found?.limitInodes ?? 0} inodes for project ${id}`);
  }
}

function notHeld(found: string): StorageError {
  const advice =
    'Another process changes limits there: stop it, or give its directories other project ids (lsattr -dp)';
  return new StorageError('StorageFailed', `The file system answers with ${found}. ${advice}`);
}
