import { isLarger } from '../../model/quantity.ts';
import type { Limit, Quota } from '../../model/volume-record.ts';
import type { OpenBase } from '../base/open-base.ts';
import type { GroupedRecords } from '../journal/grouped-records.ts';
import { readRecord, syncJournal } from '../journal/journal.ts';
import type { OpenQuotas } from '../quota/volume-quotas.ts';

/**
 * Raises the limit, then notes limit and capacity in the record: a record never promises more than holds. The write of the record
 * also makes the limit durable on XFS. Repeated after a crash, it sets both again.
 * @param openQuotas is called only for a volume with a quota
 */
export async function growVolumeDirectory(
  base: OpenBase,
  volume: string,
  { capacity, limit }: { capacity: string; limit: Limit | undefined },
  records: Pick<GroupedRecords, 'replace'>,
  openQuotas: () => Promise<OpenQuotas>,
): Promise<void> {
  const record = await readRecord(base, volume);
  if (record === undefined) return;
  const quota = record.quota && limit && larger(record.quota, limit);
  if (quota !== undefined) {
    const quotas = await openQuotas();
    await quotas.set(quota);
  }
  const { template } = record;
  const grown = {
    ...record,
    ...(template !== undefined && { template: { ...template, capacity: largerOf(template.capacity, capacity) } }),
    ...(quota !== undefined && { quota }),
  };
  // Also if it says so already: the process that wrote it may have died before it was durable.
  await records.replace(base, grown);
  await syncJournal(base);
}

/** An inode limit that was never set stays so: the volume may have more inodes than that already. */
function larger(quota: Quota, { bytes, inodes = 0 }: Limit): Quota {
  return {
    ...quota,
    bytes: Math.max(quota.bytes, bytes),
    ...(quota.inodes !== undefined && { inodes: Math.max(quota.inodes, inodes) }),
  };
}

const largerOf = (one: string, other: string): string => (isLarger(other, one) ? other : one);
