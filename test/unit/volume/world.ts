import type { Outcome } from '../../../src/flow/outcome.ts';
import { claimOf } from '../../../src/model/claim.ts';
import type { Class } from '../../../src/model/class.ts';
import type { PersistentVolumeClaimObject } from '../../../src/model/kubernetes.ts';
import { annotations, finalizer, nodeLabel } from '../../../src/model/names.ts';
import { quantityBytes } from '../../../src/model/quantity.ts';
import { act, type VolumeTools } from '../../../src/volume/act.ts';
import { Copies } from '../../../src/volume/copies.ts';
import { decide } from '../../../src/volume/decide.ts';
import { Notes } from '../../../src/volume/notes.ts';
import { observe, type VolumeSources } from '../../../src/volume/observe.ts';
import { OtherNodes } from '../../../src/volume/other-nodes.ts';
import { Pools } from '../../../src/volume/pools.ts';
import type { VolumeView } from '../../../src/volume/view.ts';
import {
  cls,
  node,
  nodeName,
  objectOf,
  ownCluster,
  provisionerNames,
  reference,
  releasedVolume,
  volumeName,
} from '../../support/build-views.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakePool, type FakeStorage } from '../../support/fake-storage.ts';

export type VolumeChanges = Parameters<typeof releasedVolume>[0];

/** When an API server must have given up on a call, in milliseconds. */
export const longestRequestMs = 60_000;

export const nothing = { volumes: [], base: [], trash: [], records: [] };
export const everything = { volumes: [volumeName], base: [volumeName], trash: [], records: [volumeName] };
export const directoryOnly = { ...everything, volumes: [] };
export const volumeOnly = { ...nothing, volumes: [volumeName] };

const claimObject: PersistentVolumeClaimObject = {
  metadata: {
    ...reference,
    resourceVersion: '7',
    annotations: { [annotations.storageProvisioner]: provisionerNames[0] ?? '' },
  },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
};

/** A cluster and a base directory with nothing in them, and the stages that a volume's name passes. */
export class World {
  readonly kube = new FakeKube();
  readonly pool = new FakePool({
    registeredBytes: () => [...this.kube.volumes.keys()].reduce((sum, name) => sum + this.#registered(name), 0),
    registeredBytesOf: (name) => this.#registered(name),
  });
  readonly storage = this.pool.storage;
  /** A restart forgets them. */
  notes = new Notes();
  copies = new Copies();
  readonly classes = new Map<string, Class>([['fast', cls()]]);
  /** Volumes whose trash is to be erased. */
  readonly toErase: string[] = [];
  /** Whether the watch has the claim wait for this daemon, if it exists. */
  claimWaits = true;

  /** The user makes the claim, and Kubernetes asks this provisioner. */
  putClaim(changes: PersistentVolumeClaimObject = {}): void {
    const { metadata, spec } = claimObject;
    this.kube.claims.set('default/data', {
      metadata: { ...metadata, ...changes.metadata },
      spec: { ...spec, ...changes.spec },
    });
  }

  /** Puts a volume there, which nothing but our finalizer would hold. */
  putVolume(changes: VolumeChanges = {}): void {
    const object = objectOf(releasedVolume(changes));
    const finalizers = object.metadata?.finalizers?.filter((name) => name === finalizer) ?? [];
    this.kube.put({ ...object, metadata: { ...object.metadata, finalizers } });
  }

  #registered(name: string): number {
    return quantityBytes(this.kube.volumes.get(name)?.spec?.capacity?.storage ?? '') ?? 0;
  }

  get sources(): VolumeSources {
    const { kube, pool, notes, copies, classes } = this;
    return {
      kube,
      pools: new Pools([pool]),
      notes,
      copies,
      classes,
      otherNodes: new OtherNodes(kube),
      waiting: () => {
        const claim = kube.claims.get('default/data');
        return this.claimWaits && claim ? claimOf(claim) : undefined;
      },
      isKnown: (name) => kube.volumes.get(name)?.metadata?.labels?.[nodeLabel] === nodeName || notes.isUnlabelled(name),
      abandonedGraceMs: 60_000,
      ownCluster: () => ownCluster,
      node: () => node(),
      provisionerNames,
    };
  }

  get tools(): VolumeTools {
    const { kube, pool, notes, copies } = this;
    return {
      kube,
      pools: new Pools([pool]),
      notes,
      copies,
      stillWaits: () => this.claimWaits && kube.claims.size > 0,
      erase: (volume) => void this.toErase.push(volume),
    };
  }

  /** The only pool, with another storage in place of its own. */
  poolsOver(storage: FakeStorage): VolumeTools['pools'] {
    const { name, trouble, space, room } = this.pool;
    return new Pools([{ name, storage, trouble, space, room }]);
  }

  observe(): Promise<VolumeView> {
    return observe(volumeName, this.sources);
  }

  /** Does what is to be done about a view, which may be older than the cluster by now. */
  async act(view: VolumeView, tools: Partial<VolumeTools> = {}): Promise<Outcome> {
    return act(decide(view), view, { ...this.tools, ...tools });
  }

  /** One look at the volume. */
  async look(tools: Partial<VolumeTools> = {}): Promise<Outcome> {
    return this.act(await this.observe(), tools);
  }

  /** What a daemon does with the time it has: looks again, and erases what it was asked to. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) {
      await this.look();
      for (const volume of this.toErase.splice(0)) await this.storage.eraseTrash(volume);
    }
  }

  get finalizers(): string[] | undefined {
    return this.kube.volumes.get(volumeName)?.metadata?.finalizers;
  }

  get state() {
    return {
      volumes: [...this.kube.volumes.keys()],
      base: [...this.storage.base.keys()],
      trash: [...this.storage.trash.keys()],
      records: [...this.storage.records.keys()],
    };
  }
}
