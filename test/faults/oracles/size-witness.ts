import { dirname } from 'node:path';
import { bytesOf } from '../../control-plane/embedded/objects/quantity.ts';
import type { Json } from '../../support/api.ts';
import type { ProxiedRequest } from '../proxy/proxied-request.ts';
import type { World } from '../world/world.ts';
import { promisableBytes } from './promisable.ts';
import { readQuotaGroups, subvolumeOf } from './quota-groups.ts';
import { type FoundRecord, readRecords, recordOf } from './records.ts';

/** What a class says of sizes. */
interface SizePromise {
  isEnforced: boolean;
  /** How many times its size a base directory may promise; undefined if any number. */
  most: number | undefined;
}

/**
 * Looks at each request that writes a size when it arrives, and judges it by the disk and the objects of that moment: S7, what
 * is said is no more than what holds; S8, a limit is there, and its id is one volume's alone. At each write, whatever it is,
 * it judges what is promised by then: S9, no room is promised twice.
 */
export class SizeWitness {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async request({ label, name = '', body, kind }: ProxiedRequest): Promise<void> {
    if (kind === 'write') await this.#nothingPromisedTwice();
    if (label === 'POST persistentvolumes') await this.#volumeSays(body);
    else if (label === 'PATCH persistentvolumes') await this.#volumeGrows(name, capacityIn(body));
    else if (label === 'PATCH persistentvolumeclaims/status') await this.#claimSays(name, body);
  }

  async #volumeGrows(name: string, capacity: string | undefined): Promise<void> {
    const volume = await this.#world.cluster.readVolume(name);
    if (capacity === undefined || volume === undefined) return;
    const { storage } = volume.spec.capacity;
    if (bytesOf(capacity) < bytesOf(storage)) this.#add('S7', name, `shrinks from ${storage} to ${capacity}`);
    await this.#volumeSays({ ...volume, spec: { ...volume.spec, capacity: { storage: capacity } } });
  }

  /** Judges a volume object as it is to be. */
  async #volumeSays({ metadata: { name }, spec }: Json): Promise<void> {
    const path: string = spec.hostPath?.path ?? spec.local?.path;
    const bytes = bytesOf(spec.capacity.storage);
    const base = dirname(path);
    const { isEnforced } = promiseOf(this.#parametersOf(spec.storageClassName));
    const record = recordOf(base, name);
    const noted = record?.template?.capacity;
    if (noted !== undefined && bytesOf(noted) < bytes) this.#add('S7', name, `has ${bytes} bytes, its record ${noted}`);
    if (isEnforced) this.#isHeld(path, bytes, record);
  }

  #isHeld(path: string, bytes: number, record: FoundRecord | undefined): void {
    const quota = record?.quota;
    if (quota === undefined) {
      this.#add('S8', path, 'its class enforces limits, and its record has no quota');
      return;
    }
    if (quota.bytes < bytes) this.#add('S7', path, `has ${bytes} bytes, and a limit of ${quota.bytes} in its record`);
    const group = readQuotaGroups(path).find(({ id }) => id === quota.id);
    if (group?.limitBytes === undefined) this.#add('S8', path, `the kernel has no limit for id ${quota.id}`);
    else if (group.limitBytes < bytes)
      this.#add('S7', path, `has ${bytes} bytes, the kernel allows ${group.limitBytes}`);
    const own = subvolumeOf(path);
    const others = group?.members.filter((member) => member !== own) ?? [];
    if (group?.members.includes(own) === false) this.#add('S8', path, `is not held by its group ${quota.id}`);
    if (others.length > 0) this.#add('S8', path, `has id ${quota.id}, which still counts subvolumes ${others}`);
    const holders = readRecords(dirname(path)).filter((found) => found.quota?.id === quota.id);
    const volumes = new Set(holders.map(({ volume }) => volume));
    if (volumes.size > 1) this.#add('S8', path, `its id ${quota.id} is in the records of ${[...volumes]}`);
  }

  /** A daemon that was shown the past cannot know what it has promised since. */
  async #nothingPromisedTwice(): Promise<void> {
    const { cluster, travel, users, pools } = this.#world;
    const classes = users.flatMap(({ parameters }) => [...parameters.values()]);
    if (classes.every((each) => promiseOf(each).most === undefined) || travel.hit.length > 0) return;
    const volumes: Json[] = await cluster.api.list('/api/v1/persistentvolumes');
    for (const { path } of pools.all) {
      const inPool = volumes.filter(({ spec }) => spec.hostPath?.path.startsWith(`${path}/`));
      const most = inPool.flatMap(({ spec }) => promiseOf(this.#parametersOf(spec.storageClassName)).most ?? []);
      const promised = inPool.reduce((sum, { spec }) => sum + bytesOf(spec.capacity.storage), 0);
      const has = promisableBytes(path) * Math.min(...most);
      if (promised > has) this.#add('S9', path, `${promised} bytes are promised of at most ${has}`);
    }
  }

  async #claimSays(name: string, body: Json): Promise<void> {
    const { cluster } = this.#world;
    const claim = await cluster.readClaim(name);
    const volume = claim?.spec.volumeName && (await cluster.readVolume(claim.spec.volumeName));
    if (volume === undefined) {
      this.#add('S6', name, 'the status of a claim without a volume is written');
      return;
    }
    const says = body.status?.capacity?.storage;
    if (says === undefined) return;
    const { storage } = volume.spec.capacity;
    if (bytesOf(says) > bytesOf(storage)) this.#add('S7', name, `the claim says ${says}, its volume ${storage}`);
    const before = claim.status.capacity.storage;
    if (bytesOf(says) < bytesOf(before)) this.#add('S7', name, `the claim shrinks from ${before} to ${says}`);
  }

  #parametersOf(className: string): Record<string, string> {
    return this.#world.users.map(({ parameters }) => parameters.get(className)).find(Boolean) ?? {};
  }

  #add(oracle: 'S6' | 'S7' | 'S8' | 'S9', object: string, evidence: string): void {
    this.#world.violations.add(oracle, object, evidence);
  }
}

/** The size that a JSON patch gives to a volume. */
function capacityIn(patch: Json): string | undefined {
  if (!Array.isArray(patch)) return undefined;
  return patch.find(({ op, path }) => op === 'replace' && path === '/spec/capacity/storage')?.value;
}

function promiseOf({ quota, overcommit }: Record<string, string>): SizePromise {
  const isEnforced = quota === 'enforce';
  const most = overcommit === undefined ? undefined : Number(overcommit);
  return { isEnforced, most: most ?? (isEnforced ? 1 : undefined) };
}
