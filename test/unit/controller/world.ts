import { afterEach, beforeEach, vi } from 'vitest';
import { Controller } from '../../../src/controller.ts';
import { StorageError } from '../../../src/disk/port.ts';
import type { EventNote } from '../../../src/kube/events/event-object.ts';
import type {
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../../../src/model/kubernetes.ts';
import { finalizer } from '../../../src/model/names.ts';
import type { KeptGroup } from '../../../src/report/cluster-report.ts';
import { KeptReport } from '../../../src/report/kept-report.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { TrashReport } from '../../../src/report/trash-report.ts';
import { VolumeReport } from '../../../src/report/volume-report.ts';
import { Pools } from '../../../src/volume/pools.ts';
import {
  baseDirectory,
  basePath,
  nodeName,
  objectOf,
  provisionerNames,
  reference,
  releasedVolume,
  volumeName,
} from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakePool } from '../../support/fake-storage.ts';
import { listAnew } from '../../support/list-anew.ts';
import { atRest } from '../../support/metric-sources.ts';

export const abandonedGraceMs = 60_000;
export const unusable = new StorageError('BaseDirectoryMissing', 'mount it');
export const nothing = { volumes: [], base: [], trash: [], records: [] };
export const everything = { volumes: [volumeName], base: [volumeName], trash: [], records: [volumeName] };

/** A volume that nothing but our finalizer would hold. */
export function released(changes: Parameters<typeof releasedVolume>[0] = {}): PersistentVolumeObject {
  const object = objectOf(releasedVolume(changes));
  return { ...object, metadata: { ...object.metadata, finalizers: [finalizer] } };
}

export const nodeObject = { metadata: { labels: { 'kubernetes.io/hostname': nodeName, zone: 'a' } } };

export const fastClass: StorageClassObject = { metadata: { name: 'fast' }, provisioner: 'hostpath-provisioner' };

export const claimObject = (changes: { annotations?: object; spec?: object } = {}): PersistentVolumeClaimObject => ({
  metadata: {
    ...reference,
    annotations: { 'volume.kubernetes.io/storage-provisioner': 'hostpath-provisioner', ...changes.annotations },
  },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    resources: { requests: { storage: '1Gi' } },
    ...changes.spec,
  },
});

/** A controller at work, with a cluster whose every change it is told of, and a base directory. */
export class World {
  readonly kube = new FakeKube();
  readonly pool = new FakePool(
    {
      registeredBytes: () => this.controller.volumes.capacityIn(baseDirectory.id),
      registeredBytesOf: (volume) => this.controller.volumes.capacityOf(volume, baseDirectory.id),
    },
    (volume) => this.controller.directoryChanged(volume),
  );
  readonly storage = this.pool.storage;
  /** A test may add others before the start. */
  readonly pools = [this.pool];
  readonly events: EventNote[] = [];
  readonly controller: Controller;
  readonly lines: ReturnType<typeof capturedLog>['lines'];
  readonly metrics = new Metrics(atRest);
  /** What was told of directories that are kept, each time. */
  readonly kept: (readonly KeptGroup[])[] = [];
  /** As the API server's answers allow it. */
  concurrencyLimit = 64;

  constructor() {
    const { kube } = this;
    const { log, lines } = capturedLog();
    this.lines = lines;
    const events = { emit: (event: EventNote) => void this.events.push(event) };
    const api = Object.assign(kube, { createEvent: neverCalled, repeatEvent: neverCalled });
    this.controller = new Controller({
      kube: api,
      pools: new Pools(this.pools),
      volumeReporter: new VolumeReport(log, this.metrics, events),
      trashReporter: new TrashReport(log, this.metrics),
      keptReporter: (notes) => new KeptReport({ kept: (groups) => void this.kept.push(groups) }, notes, () => basePath),
      ownCluster: () => kube.clusterUid,
      metrics: this.metrics,
      log,
      concurrencyLimit: () => this.concurrencyLimit,
      nodeName,
      provisionerNames,
      abandonedGraceMs,
      onNodeChange: () => undefined,
    });
    kube.watcher = this.controller.volumes;
    kube.claimWatcher = this.controller.claims;
  }

  /** Starts as the daemon does: with what exists listed. */
  start({ withClass = true, withNode = true }: { withClass?: boolean; withNode?: boolean } = {}): void {
    const { controller, kube } = this;
    if (withClass) kube.classes.set('fast', fastClass);
    listAnew(controller.classes, ...kube.classes.values());
    listAnew(controller.node, ...(withNode ? [nodeObject] : []));
    listAnew(controller.volumes, ...kube.volumes.values());
    listAnew(controller.claims, ...kube.claims.values());
    controller.start();
  }

  /** The user makes the claim, or changes it. */
  putClaim(claim: PersistentVolumeClaimObject = claimObject()): void {
    this.kube.claims.set('default/data', claim);
    this.controller.claims.present(claim);
  }

  removeClaim(): void {
    const claim = this.kube.claims.get('default/data');
    this.kube.claims.clear();
    if (claim !== undefined) this.controller.claims.gone(claim);
  }

  putClass(): void {
    this.kube.classes.set('fast', fastClass);
    this.controller.classes.present(fastClass);
  }

  /** What Kubernetes does when a claim and its volume have found each other, or lost. */
  setPhase(phase: 'Bound' | 'Released'): void {
    const volume = this.kube.volumes.get(volumeName);
    this.kube.put({ ...volume, status: { phase } });
  }

  get state() {
    return {
      volumes: [...this.kube.volumes.keys()],
      base: [...this.storage.base.keys()],
      trash: [...this.storage.trash.keys()],
      records: [...this.storage.records.keys()],
    };
  }

  get messages(): string[] {
    return this.lines.map(({ level, msg, reason }) => `${level}: ${msg}${reason === undefined ? '' : ` (${reason})`}`);
  }
}

const neverCalled = (): never => {
  throw new Error('Events go by the recorder');
};

/** Lets everything happen that is due within this time. */
export const pass = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const gates: { open: () => void }[] = [];

/** Has a call wait at its beginning until the gate is opened, and says how often it was begun. */
export function gated<Target extends object, Name extends keyof Target & string>(target: Target, name: Name) {
  const original = target[name] as (...args: unknown[]) => unknown;
  const opened = Promise.withResolvers<void>();
  const gate = { begun: 0, open: () => opened.resolve() };
  gates.push(gate);
  target[name] = (async (...args: unknown[]) => {
    gate.begun += 1;
    await opened.promise;
    return original.apply(target, args);
  }) as Target[Name];
  return gate;
}

/** A new one for each test. */
export let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});
afterEach(async () => {
  for (const gate of gates.splice(0)) gate.open();
  await world.controller.stop();
  vi.useRealTimers();
});
