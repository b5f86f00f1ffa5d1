import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../support/api.ts';
import type { Cluster } from '../support/cluster.ts';
import { fingerprint } from '../support/fingerprint.ts';
import { forgedVolume } from './forged-volume.ts';

export const volumesPath = '/api/v1/persistentvolumes';

/** Where volumes are forged: what they have to imitate and what they aim at. */
export interface Scene {
  base: string;
  baseId: string;
  nodeName: string;
  provisioner: string;
  className: string;
  namespace: string;
  /** A claim in use, its volume and directory: what an attacker would like to see removed. */
  victim: { claim: Json; volumeName: string; directory: string };
  /** A directory beside the base directory. */
  decoy: string;
  /** All paths that nothing may change. */
  bystanders: string[];
}

/** What lies on the disk under the name of a forged volume. */
export type Disk =
  | 'directory and record'
  | 'directory'
  | 'record'
  | 'nothing'
  | 'link and record'
  | 'file and record'
  | 'trash';

/** Makes a volume in use, decoys, and a link to one of them. The daemon must be running. */
export async function makeScene(cluster: Cluster): Promise<Scene> {
  const { base, folder, nodeName, provisioner, className, namespace } = cluster;
  const decoy = join(folder, 'decoy');
  const link = join(base, 'link-to-decoy');
  for (const path of [decoy, `${base}-evil/x`]) fill(path);
  symlinkSync(decoy, link);
  await cluster.createClaim('victim');
  const { claim, volume, directory } = await cluster.untilBound('victim');
  fill(directory);
  const { id: baseId } = JSON.parse(readFileSync(labelOf(base), 'utf8'));
  const victim = { claim, volumeName: volume.metadata.name, directory };
  const bystanders = [decoy, `${base}-evil`, directory, link];
  return { base, baseId, nodeName, provisioner, className, namespace, victim, decoy, bystanders };
}

export const labelOf = (base: string): string => join(base, '.hostpath-provisioner/base.json');

function fill(path: string): void {
  mkdirSync(join(path, 'logs'), { recursive: true });
  writeFileSync(join(path, 'data'), 'precious');
  writeFileSync(join(path, 'logs', 'segment'), 'precious');
}

/** The record that the daemon would have written for a volume whose claim is gone. */
export const recordOf = (scene: Scene, name: string, uid: string): Json => ({
  version: 1,
  volume: name,
  claim: { namespace: scene.namespace, name: 'nobody', uid },
  class: scene.className,
  node: scene.nodeName,
  reclaimPolicy: 'Delete',
  createdAt: '2026-11-22T21:00:00.000Z',
});

/** The places under a volume's name. */
export function placesOf(scene: Scene, name: string): { directory: string; record: string; trash: string } {
  const state = join(scene.base, '.hostpath-provisioner');
  return {
    directory: join(scene.base, name),
    record: join(state, 'volumes', `${name}.json`),
    trash: join(state, 'trash', name),
  };
}

export function furnish(scene: Scene, name: string, uid: string, disk: Disk): void {
  const { directory, record, trash } = placesOf(scene, name);
  if (disk === 'trash') fill(join(trash, 'directory'));
  if (disk.startsWith('directory')) fill(directory);
  if (disk.startsWith('link')) symlinkSync(scene.decoy, directory);
  if (disk.startsWith('file')) writeFileSync(directory, 'precious');
  if (disk.endsWith('record')) writeFileSync(record, JSON.stringify(recordOf(scene, name, uid)), { mode: 0o600 });
}

/** The fingerprints of what is there, and that the rest is not. */
export const fingerprints = (paths: string[]): string[] =>
  paths.flatMap((path) => (isThere(path) ? fingerprint(path) : [`${path} is missing`]));

export const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** A volume that is right in every respect; when it has gone, what was changed before it has been looked at. */
export async function untilCanaryIsDeleted(cluster: Cluster, scene: Scene): Promise<void> {
  const uid = randomUUID();
  const name = `pvc-${uid}`;
  furnish(scene, name, uid, 'directory and record');
  await cluster.api.create(volumesPath, forgedVolume(scene, name, uid));
  await cluster.untilVolumeGone(name);
}

/** Takes volumes away that nobody deletes. */
export async function removeVolumes(cluster: Cluster, names: Iterable<string>): Promise<void> {
  const remove = async (name: string) => {
    const path = `${volumesPath}/${name}`;
    const type = { 'content-type': 'application/merge-patch+json' };
    await cluster.api.send('PATCH', path, { metadata: { finalizers: null } }, type);
    await cluster.api.send('DELETE', path);
  };
  await Promise.all([...names].map(remove));
}
