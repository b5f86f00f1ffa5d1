import { join } from 'node:path';
import type { Json } from '../../support/api.ts';
import { volumesOfAnotherCluster } from '../world/another-cluster.ts';
import { changedHostname, type OwnClaim, type User, volumeOf } from '../world/user.ts';
import { foreignNames, namesIn, type World } from '../world/world.ts';

/** What a run has left, with what differs from run to run (UIDs, times, names of the run) taken out or replaced. */
export interface EndState {
  /** For each user of the run, by its scenario. */
  users: Record<string, UserState>;
  /** Names on the disk that belong to no claim, with the folder they are in. */
  strays: string[];
}

interface UserState {
  claims: Record<string, string>;
  volumes: Record<string, Json>;
  directories: string[];
  records: string[];
  trash: string[];
}

const stateName = '.hostpath-provisioner';

export async function readEndState(world: World): Promise<EndState> {
  const { cluster, users } = world;
  const state = join(cluster.base, stateName);
  const onDisk = {
    directories: namesIn(cluster.base).filter((name) => name !== stateName && !foreignNames.includes(name)),
    records: namesIn(join(state, 'volumes')).map((name) => name.replace(/\.json$/, '')),
    trash: namesIn(join(state, 'trash')),
  };
  const known = new Set([...users.flatMap(({ claims }) => claims.map(volumeOf)), ...volumesOfAnotherCluster]);
  const strays = Object.entries(onDisk).flatMap(([folder, names]) =>
    names.filter((name) => !known.has(name)).map((name) => `${folder}/${name}`),
  );
  const temporary = namesIn(state).filter((name) => !['base.json', 'volumes', 'trash', 'spare'].includes(name));
  const states: Record<string, UserState> = {};
  for (const user of users) states[user.name] = await readUser(user, onDisk);
  return { users: states, strays: [...strays, ...temporary.map((name) => `${stateName}/${name}`)] };
}

async function readUser(
  user: User,
  onDisk: { directories: string[]; records: string[]; trash: string[] },
): Promise<UserState> {
  const { cluster } = user.world;
  const claims: UserState['claims'] = {};
  const volumes: UserState['volumes'] = {};
  for (const own of user.claims) {
    const claim = own.alive ? await cluster.readClaim(`${user.name}-${own.name}`) : undefined;
    // Kubernetes calls a bound claim lost at some later look when its volume does not name it any more.
    if (claim !== undefined) claims[own.label] = claim.status.phase.replace('Lost', 'Bound');
    const volume = await cluster.readVolume(volumeOf(own));
    if (volume !== undefined) volumes[own.label] = normalised(volume, user, own);
  }
  const labelsOf = (names: string[]) =>
    user.claims.filter((own) => names.includes(volumeOf(own))).map(({ label }) => label);
  return {
    claims,
    volumes,
    directories: labelsOf(onDisk.directories),
    records: labelsOf(onDisk.records),
    trash: labelsOf(onDisk.trash),
  };
}

function normalised({ metadata, spec, status }: Json, user: User, own: OwnClaim): Json {
  const { cluster } = user.world;
  const { labels, annotations, finalizers, deletionTimestamp } = metadata;
  const { resourceVersion: _, ...claimRef } = spec.claimRef;
  const kept = {
    labels,
    annotations: { ...annotations, 'hostpath-provisioner/base-directory-id': undefined },
    finalizers: [...(finalizers ?? [])].sort(),
    deleting: deletionTimestamp !== undefined,
    spec: { ...spec, claimRef },
    phase: status.phase,
  };
  const replacements: [string, string][] = [
    [own.uid, '<uid>'],
    [cluster.folder, '<folder>'],
    [cluster.namespace, '<namespace>'],
    [cluster.provisioner, '<provisioner>'],
    [cluster.nodeName, '<node>'],
    // Whether a volume is made before or after the daemon hears of the change is open.
    [changedHostname, '<node>'],
    ...[...user.classes].map(([name, full]): [string, string] => [full, `<class ${name}>`]),
  ];
  return JSON.parse(replacements.reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(kept)));
}

/** L2: what must not be left, whatever the scenario: a directory or a record without a volume, trash, files half written. */
export function leftovers({ users, strays }: EndState, world: World): string[] {
  const found = strays.map((name) => `${name} belongs to no claim`);
  for (const user of world.users) {
    const state = users[user.name];
    if (state === undefined) continue;
    for (const { label, alive, kept } of user.claims) {
      const hasVolume = label in state.volumes;
      const of = `of claim ${user.name}/${label}`;
      if (state.trash.includes(label)) found.push(`trash ${of}`);
      if (hasVolume && !alive && !kept) found.push(`volume ${of}, which is gone`);
      if (hasVolume || kept) continue;
      if (state.directories.includes(label)) found.push(`directory ${of} without a volume`);
      if (state.records.includes(label)) found.push(`record ${of} without a volume`);
    }
  }
  return found;
}
