import { listVolumes, readRecord, readTrashedRecord } from '../journal/journal.ts';
import { labelName } from '../layout.ts';
import { type ClusterFacts, isUnreadableRecord } from '../port.ts';
import { readFields, replaceFile } from '../stored-file.ts';
import { isNoSpace } from '../system-error.ts';
import type { Label } from './label.ts';
import type { OpenBase } from './open-base.ts';

/** Adds our cluster to an earlier version's label, if the records without a cluster are ours. @returns the label now */
export async function nameCluster(base: OpenBase, label: Label, own: ClusterFacts | undefined): Promise<Label> {
  const uid = own?.uid;
  if (label.cluster !== undefined || own === undefined || uid === undefined) return label;
  if (!(await areOurs(base, own.volumesIn(label.id)))) return label;
  try {
    await replaceFile(base, labelName, { ...(await readFields(base, labelName)), cluster: uid });
    return { ...label, cluster: uid };
  } catch (error) {
    // A full disk must not block deletions. The next start adds the cluster.
    if (isNoSpace(error)) return label;
    throw error;
  }
}

/** Another cluster may have used the base directory: only a volume whose record names no cluster is a proof. */
async function areOurs(base: OpenBase, volumes: Iterable<string>): Promise<boolean> {
  if ((await listVolumes(base)).length === 0) return true;
  for (const volume of volumes) if (await namesNoCluster(base, volume)) return true;
  return false;
}

async function namesNoCluster(base: OpenBase, volume: string): Promise<boolean> {
  try {
    const record = (await readRecord(base, volume)) ?? (await readTrashedRecord(base, volume));
    return record !== undefined && record.cluster === undefined;
  } catch (error) {
    if (isUnreadableRecord(error)) return false;
    throw error;
  }
}
