import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Json } from '../../support/api.ts';
import { uniqueName } from '../../support/build.ts';
import { promisableBytes } from '../oracles/promisable.ts';
import { recordOf } from '../oracles/records.ts';
import { untilInTime } from './deadline.ts';
import type { Pool } from './pools.ts';
import { Treasure } from './treasure.ts';
import type { World } from './world.ts';

/** A claim that the user made, dead or alive. */
export interface OwnClaim {
  /** Its name, and `'2` for the second one of that name. */
  label: string;
  name: string;
  uid: string;
  /** Whether the user has not deleted it. */
  alive: boolean;
  /** Whether its directory has to stay, whatever happens to the claim: a Retain volume. */
  kept: boolean;
  /** Whether a volume on this node may be made for it by now. */
  servedHere: boolean;
  treasure: Treasure | undefined;
  /** The claim that its content is a copy of. */
  source: OwnClaim | undefined;
  /** When the user first let go of the claim or its volume, in milliseconds since the epoch. */
  letGoAtMs: number | undefined;
}

/** How a claim is to be made. */
interface ClaimOptions {
  className?: string;
  /** Whether its directory has to stay, whatever happens to it. */
  kept?: boolean;
  /** Whether this node may serve it; else it may once it is selected. */
  servedHere?: boolean;
  /** How much it asks for, as a Kubernetes quantity. */
  storage?: string;
  /** Name of the claim that it is to be a copy of. */
  source?: string;
}

/** A step of the scenario did not come about within its time. */
export class NotReached extends Error {}

/** What the node is called by its label in the scenario that changes it. */
export const changedHostname = 'another-hostname';

const directoryMode = 0o777;

const selectedNode = 'volume.kubernetes.io/selected-node';

/**
 * Somebody who works with the cluster as a scenario says. Every step copes with a daemon that dies meanwhile. What the user
 * has made is remembered, to be judged at the end.
 */
export class User {
  readonly name: string;
  readonly world: World;
  readonly claims: OwnClaim[] = [];
  /** Classes by the name that the scenario gives them, with their names in the cluster. */
  readonly classes = new Map<string, string>();
  /** What their parameters are, by their names in the cluster. */
  readonly parameters = new Map<string, Record<string, string>>();

  constructor(name: string, world: World) {
    this.name = name;
    this.world = world;
  }

  /** Makes a class of this user's own; `default` is what claims use unless told otherwise. */
  async createClass(name: string, changes: Json = {}): Promise<void> {
    await this.world.travel.stepBegins();
    const full = uniqueName(name);
    await this.#cluster.createClass(full, changes);
    this.classes.set(name, full);
    this.parameters.set(full, changes.parameters ?? {});
  }

  async deleteClass(name: string): Promise<void> {
    await this.world.travel.stepBegins();
    await this.#cluster.api.delete(`/apis/storage.k8s.io/v1/storageclasses/${this.classes.get(name)}`);
  }

  async createClaim(
    name: string,
    { className = 'default', kept = false, servedHere = true, storage, source }: ClaimOptions = {},
  ): Promise<void> {
    await this.world.travel.stepBegins();
    if (!this.classes.has(className)) await this.createClass(className);
    const spec = {
      storageClassName: this.classes.get(className),
      ...(storage !== undefined && { resources: { requests: { storage } } }),
      ...(source !== undefined && { dataSource: { kind: 'PersistentVolumeClaim', name: this.#full(source) } }),
    };
    const { metadata } = await this.#cluster.createClaim(this.#full(name), { spec });
    const before = this.claims.filter((claim) => claim.name === name).length;
    const label = before === 0 ? name : `${name}'${before + 1}`;
    this.claims.push({
      label,
      name,
      uid: metadata.uid,
      alive: true,
      kept,
      servedHere,
      treasure: undefined,
      source: source === undefined ? undefined : this.#own(source),
      letGoAtMs: undefined,
    });
  }

  /** Makes a claim and waits until it has its volume. */
  async createBound(name: string, options: ClaimOptions = {}): Promise<void> {
    await this.createClaim(name, options);
    await this.untilBound(name);
  }

  /** A claim and its volume as the original demo left them: without label, finalizer and record. */
  async createClaimOfTheDemo(name: string): Promise<void> {
    await this.createClaim(name);
    const own = this.#own(name);
    const { api, nodeName, provisioner } = this.#cluster;
    const directory = this.directoryOf(own);
    mkdirSync(directory, { mode: directoryMode });
    chmodSync(directory, directoryMode);
    own.treasure = new Treasure(directory, this.world.decoy);
    const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: this.#cluster.namespace };
    await api.create('/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name: volumeOf(own),
        annotations: { hostPathProvisionerIdentity: nodeName, 'pv.kubernetes.io/provisioned-by': provisioner },
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Mi' },
        claimRef: { ...claimRef, name: this.#full(name), uid: own.uid },
        hostPath: { path: directory },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: this.classes.get('default'),
      },
    });
    await this.#until(`claim ${name} is bound`, async () => {
      return (await this.#cluster.readClaim(this.#full(name)))?.status?.phase === 'Bound';
    });
  }

  /** Has a pod write that many files into the volume. */
  fill(name: string, count: number): void {
    this.#own(name).treasure?.fill(count);
  }

  /** As the scheduler does for the first pod of a claim. */
  async selectNode(name: string, nodeName: string = this.#cluster.nodeName): Promise<void> {
    await this.world.travel.stepBegins();
    if (nodeName === this.#cluster.nodeName) this.#own(name).servedHere = true;
    const annotations = { [selectedNode]: nodeName };
    await this.#cluster.api.patch(`${this.#cluster.claimsPath}/${this.#full(name)}`, { metadata: { annotations } });
  }

  /** As tools do that write into a claim again and again what does not matter to provisioning. */
  async annotate(name: string, text: string): Promise<void> {
    await this.world.travel.stepBegins();
    const annotations = { 'example.com/note': text };
    await this.#cluster.api.patch(`${this.#cluster.claimsPath}/${this.#full(name)}`, { metadata: { annotations } });
  }

  /** Adds a node to the cluster that nothing runs on. */
  async addNode(): Promise<void> {
    await this.world.travel.stepBegins();
    await this.#cluster.createNode(uniqueName('node'));
  }

  /** Waits until the daemon has taken off the node that was selected for the claim. */
  async untilGivenBack(name: string): Promise<void> {
    await this.#until(`claim ${name} is given back`, async () => {
      const claim = await this.#cluster.readClaim(this.#full(name));
      return claim !== undefined && claim.metadata.annotations?.[selectedNode] === undefined;
    });
  }

  /** The same, or until it has its volume: what the daemon comes to first. */
  async untilBoundOrGivenBack(name: string): Promise<void> {
    await this.#until(`claim ${name} is bound or given back`, async () => {
      const claim = await this.#cluster.readClaim(this.#full(name));
      return claim?.status?.phase === 'Bound' || claim?.metadata.annotations?.[selectedNode] === undefined;
    });
  }

  async labelNode(labels: Record<string, string | null>): Promise<void> {
    await this.world.travel.stepBegins();
    await this.#cluster.api.patch(`/api/v1/nodes/${this.#cluster.nodeName}`, { metadata: { labels } });
  }

  /** Waits until the claim has its volume, which must be new and empty, and has a pod write into it. */
  async untilBound(name: string): Promise<void> {
    const own = this.#own(name);
    let claim: Json;
    await this.#until(`claim ${name} is bound`, async () => {
      claim = await this.#cluster.readClaim(this.#full(name));
      return claim?.status?.phase === 'Bound';
    });
    const directory = this.directoryOf(own);
    const { violations } = this.world;
    if (claim.spec.volumeName !== volumeOf(own)) violations.add('S3', own.label, `bound to ${claim.spec.volumeName}`);
    if (!existsSync(directory)) {
      violations.add('S2', directory, `claim ${own.label} is bound, and there is no directory`);
      return;
    }
    const source = own.source?.treasure;
    const content = readdirSync(directory);
    if (content.length > 0 && source === undefined)
      violations.add('S1', directory, `handed out with content: ${content.join(', ')}`);
    own.treasure = new Treasure(directory, this.world.decoy, source);
  }

  async untilReleased(name: string): Promise<void> {
    const own = this.#own(name);
    await this.#until(`the volume of ${name} is released`, async () => {
      const volume = await this.#cluster.readVolume(volumeOf(own));
      return volume === undefined || volume.status.phase === 'Released';
    });
  }

  /** Waits until nothing of the claim is left: volume, directory, record, trash. */
  async untilGone(name: string): Promise<void> {
    const own = this.#own(name);
    const places = this.world.pools.all.flatMap(({ path }) => [
      join(path, volumeOf(own)),
      join(path, '.hostpath-provisioner/volumes', `${volumeOf(own)}.json`),
      join(path, '.hostpath-provisioner/trash', volumeOf(own)),
      join(path, '.hostpath-provisioner/clones', volumeOf(own)),
    ]);
    await this.#until(`claim ${name} has left nothing`, async () => {
      const left = places.filter((path) => existsSync(path));
      if (left.length > 0) throw new Error(`there is ${left.join(', ')}`);
      return (await this.#cluster.readVolume(volumeOf(own))) === undefined;
    });
  }

  async untilVolumeGone(name: string): Promise<void> {
    const own = this.#own(name);
    await this.#until(`the volume of ${name} is gone`, async () => {
      return (await this.#cluster.readVolume(volumeOf(own))) === undefined;
    });
  }

  /** Waits until the daemon has begun with the claim: there is a record, a directory or a volume. */
  async untilBegun(name: string): Promise<void> {
    const own = this.#own(name);
    await this.#until(`claim ${name} is begun`, () => {
      return (
        existsSync(this.directoryOf(own)) ||
        this.world.pools.all.some(({ path }) => recordOf(path, volumeOf(own)) !== undefined)
      );
    });
  }

  /** Waits until a copy for the claim is under way, or over. */
  async untilCopying(name: string): Promise<void> {
    const own = this.#own(name);
    const copy = join(this.#cluster.base, '.hostpath-provisioner/clones', volumeOf(own));
    await this.#until(`claim ${name} is copied`, () => existsSync(copy) || existsSync(this.directoryOf(own)));
  }

  async deleteClaim(name: string): Promise<void> {
    await this.world.travel.stepBegins();
    const own = this.#own(name);
    own.alive = false;
    own.letGoAtMs ??= Date.now();
    await this.#cluster.deleteClaim(this.#full(name));
    await this.#until(`claim ${name} is gone`, async () => {
      const found = await this.#cluster.readClaim(this.#full(name));
      return found?.metadata.uid !== own.uid;
    });
  }

  async setPolicy(name: string, policy: 'Delete' | 'Retain'): Promise<void> {
    await this.world.travel.stepBegins();
    const own = this.#own(name);
    const spec = { persistentVolumeReclaimPolicy: policy };
    if (policy === 'Delete') own.kept = false;
    await this.#cluster.api.patch(volumePath(own), { spec });
    if (policy === 'Retain') own.kept = true;
  }

  /** The same at the moment in which the daemon asks for the claim and is about to be told that it is gone. */
  setPolicyOnceClaimIsMissed(name: string, policy: 'Retain'): void {
    const own = this.#own(name);
    own.kept = true;
    let isSet = false;
    this.world.beforeAnswers.add(async ({ label, name: asked }) => {
      if (isSet || own.alive || label !== 'GET persistentvolumeclaims' || asked !== this.#full(name)) return undefined;
      if ((await this.#cluster.readClaim(this.#full(name))) !== undefined) return undefined;
      isSet = true;
      await this.#cluster.api.patch(volumePath(own), { spec: { persistentVolumeReclaimPolicy: policy } });
      return undefined;
    });
  }

  /** Deletes the volume object by hand, without waiting for its end. */
  async deleteVolume(name: string): Promise<void> {
    await this.world.travel.stepBegins();
    const own = this.#own(name);
    own.letGoAtMs ??= Date.now();
    await this.#cluster.api.delete(volumePath(own));
  }

  /** Removes the volume object by force, whatever holds it. */
  async removeVolume(name: string): Promise<void> {
    await this.deleteVolume(name);
    await this.#cluster.api.patch(volumePath(this.#own(name)), { metadata: { finalizers: null } });
  }

  /** Has Kubernetes call the volume released although its claim lives, as a stale cache may (kubernetes/kubernetes#141891). */
  async callReleased(name: string): Promise<void> {
    await this.world.travel.stepBegins();
    const path = volumePath(this.#own(name));
    await this.#cluster.api.patch(path, { spec: { claimRef: { uid: '00000000-0000-4000-8000-000000000000' } } });
    await this.untilReleased(name);
  }

  /** Lets the daemon be dead while `deeds` are done, and starts it afterwards. */
  async whileDaemonIsDown(deeds: () => Promise<void>): Promise<void> {
    await this.world.lives.down();
    await deeds();
    this.world.lives.up();
  }

  /** A part of what the base directory can promise, as a Kubernetes quantity, rounded so that it is the same in each run. */
  shareOfDisk(share: number): string {
    const bytes = promisableBytes(this.#cluster.base);
    const unit = 2 ** (Math.floor(Math.log2(bytes)) - 4);
    return String(Math.ceil((share * bytes) / unit) * unit);
  }

  /** Asks for another size of the claim. */
  async resize(name: string, storage: string): Promise<void> {
    await this.world.travel.stepBegins();
    const spec = { resources: { requests: { storage } } };
    await this.#cluster.api.patch(`${this.#cluster.claimsPath}/${this.#full(name)}`, { spec });
  }

  /** Waits until claim, volume and record have the size, and the claim says of no growth that it is not over. */
  async untilSize(name: string, storage: string): Promise<void> {
    const own = this.#own(name);
    await this.#until(`claim ${name} has ${storage}`, async () => {
      const claim = await this.#cluster.readClaim(this.#full(name));
      const volume = await this.#cluster.readVolume(volumeOf(own));
      const record = recordOf(dirname(this.directoryOf(own)), volumeOf(own));
      const sizes = [claim?.status.capacity?.storage, volume?.spec.capacity.storage, record?.template?.capacity];
      const marks = resizeMarks(claim);
      if (sizes.some((size) => size !== storage) || marks.length > 0) throw new Error(`it has ${sizes}, ${marks}`);
      return true;
    });
  }

  /** Waits until the claim says that it cannot have what it asks for. */
  async untilRefused(name: string): Promise<void> {
    await this.#until(`claim ${name} is told that it cannot grow`, async () => {
      const marks = resizeMarks(await this.#cluster.readClaim(this.#full(name)));
      return marks.includes('ControllerResizeInfeasible') && marks.includes('ControllerResizeError');
    });
  }

  /** Waits until the first of the claims has its volume. @returns its name */
  async untilFirstBound(names: readonly string[]): Promise<string> {
    let first: string | undefined;
    await this.#until(`one of ${names} is bound`, async () => {
      for (const name of names) {
        const claim = await this.#cluster.readClaim(this.#full(name));
        if (claim?.status?.phase === 'Bound') first = name;
      }
      return first !== undefined;
    });
    await this.untilBound(first ?? '');
    return first ?? '';
  }

  /** At the moment when the claim's volume is to be registered, its pool goes away, and the daemon dies before it has done so. */
  losePoolOnceBegun(name: string, pool: Pool['name']): void {
    const own = this.#own(name);
    const { lives, pools } = this.world;
    let isLost = false;
    this.world.beforeAnswers.add(async ({ label, body }) => {
      if (isLost || label !== 'POST persistentvolumes' || body.metadata.name !== volumeOf(own)) return undefined;
      isLost = true;
      const run = () => {
        pools.takeAway(pool);
        return lives.kill();
      };
      return { do: 'insteadRun', run };
    });
  }

  async bringPoolBack(pool: Pool['name']): Promise<void> {
    await this.world.travel.stepBegins();
    this.world.pools.bringBack(pool);
  }

  directoryOf(own: OwnClaim): string {
    return this.world.pools.directoryOf(volumeOf(own));
  }

  checkTreasures(): void {
    for (const { label, treasure, alive, kept } of this.claims) {
      if (treasure !== undefined && this.world.pools.isAway(treasure.directory)) continue;
      const loss = alive || kept ? treasure?.loss() : undefined;
      if (treasure !== undefined && loss !== undefined) {
        this.world.violations.add('S1', treasure.directory, `volume of claim ${label}: ${loss}`);
      }
    }
  }

  /** Takes away what the namespace's end leaves: volumes, which belong to nobody else. */
  async removeObjects(): Promise<void> {
    const { api } = this.#cluster;
    for (const own of this.claims) {
      if ((await api.get(volumePath(own))) === undefined) continue;
      await api.patch(volumePath(own), { metadata: { finalizers: null } });
      await api.send('DELETE', volumePath(own));
    }
  }

  get #cluster() {
    return this.world.cluster;
  }

  /** Users share a namespace, and may choose the same names. */
  #full(name: string): string {
    return `${this.name}-${name}`;
  }

  /** The latest claim of that name. */
  #own(name: string): OwnClaim {
    const own = this.claims.findLast((claim) => claim.name === name);
    if (own === undefined) throw new Error(`the scenario has made no claim ${name}`);
    return own;
  }

  async #until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
    const checkWithHelp = async () => {
      await this.world.helpIfStuck();
      return check();
    };
    try {
      await untilInTime(this.world, what, checkWithHelp);
    } catch (error) {
      throw new NotReached(error instanceof Error ? error.message : String(error));
    }
  }
}

/** What the status of a claim says of a growth that is not over. */
export function resizeMarks(claim: Json): string[] {
  const { allocatedResourceStatuses = {}, conditions = [] } = claim?.status ?? {};
  const types = conditions.map(({ type }: Json) => type).filter((type: string) => type.includes('Resiz'));
  return [...Object.values<string>(allocatedResourceStatuses), ...types].sort();
}

export const volumeOf = ({ uid }: Pick<OwnClaim, 'uid'>): string => `pvc-${uid}`;

const volumePath = (own: OwnClaim): string => `/api/v1/persistentvolumes/${volumeOf(own)}`;
