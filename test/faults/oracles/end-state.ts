import { join } from 'node:path';
import type { Json } from '../../support/api.ts';
import { volumesOfAnotherCluster } from '../world/another-cluster.ts';
import { changedHostname, type OwnClaim, resizeMarks, type User, volumeOf } from '../world/user.ts';
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
  const { pools, users } = world;
  const inAllPools = (namesInPool: (path: string) => string[]) => pools.all.flatMap(({ path }) => namesInPool(path));
  const onDisk = {
    directories: inAllPools(namesIn).filter((name) => name !== stateName && !foreignNames.includes(name)),
    records: inAllPools((path) => namesIn(join(path, stateName, 'volumes'))).map((name) => name.replace(/\.json$/, '')),
    trash: inAllPools((path) => namesIn(join(path, stateName, 'trash'))),
  };
  const known = new Set([...users.flatMap(({ claims }) => claims.map(volumeOf)), ...volumesOfAnotherCluster]);
  const strays = Object.entries(onDisk).flatMap(([folder, names]) =>
    names.filter((name) => !known.has(name)).map((name) => `${folder}/${name}`),
  );
  const ownNames = ['base.json', 'volumes', 'trash', 'clones', 'spare'];
  const temporary = [
    ...inAllPools((path) => namesIn(join(path, stateName))).filter((name) => !ownNames.includes(name)),
    ...inAllPools((path) => namesIn(join(path, stateName, 'clones'))).map((name) => `clones/${name}`),
  ];
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
    const volume = await cluster.readVolume(volumeOf(own));
    if (claim !== undefined) claims[own.label] = claimText(claim, volume);
    if (volume !== undefined) volumes[own.label] = normalised(volume, user, own);
  }
  // A name that several pools have comes as often.
  const labelsOf = (names: string[]) =>
    user.claims.flatMap((own) => names.filter((name) => name === volumeOf(own)).map(() => own.label));
  return {
    claims,
    volumes,
    directories: labelsOf(onDisk.directories),
    records: labelsOf(onDisk.records),
    trash: labelsOf(onDisk.trash),
  };
}

/**
 * Kubernetes calls a bound claim lost at some later look when its volume does not name it any more,
 * and takes the size out of its status then.
 */
export function claimText(claim: Json, volume: Json | undefined): string {
  const { phase, capacity } = claim.status;
  const size = volume?.spec.claimRef?.uid === claim.metadata.uid && capacity?.storage;
  return [phase.replace('Lost', 'Bound'), size, ...resizeMarks(claim)].filter(Boolean).join(', ');
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
      for (const what of ['directories', 'records'] as const)
        if (state[what].filter((name) => name === label).length > 1) found.push(`${what} in several pools ${of}`);
      if (state.trash.includes(label)) found.push(`trash ${of}`);
      if (hasVolume && !alive && !kept) found.push(`volume ${of}, which is gone`);
      if (hasVolume || kept) continue;
      if (state.directories.includes(label)) found.push(`directory ${of} without a volume`);
      if (state.records.includes(label)) found.push(`record ${of} without a volume`);
    }
  }
  return found;
}
