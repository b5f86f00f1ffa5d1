import { Claims } from './changes/claims.ts';
import { Classes } from './changes/classes.ts';
import { ImmediateClasses } from './changes/immediate-classes.ts';
import { Leftovers } from './changes/leftovers.ts';
import { Node } from './changes/node.ts';
import { type SeenVolume, Volumes } from './changes/volumes.ts';
import type { Change } from './flow/change.ts';
import { work } from './flow/reconcile.ts';
import { WorkQueue } from './flow/work-queue.ts';
import type { KubeApi } from './kube/calls/kube-api.ts';
import type { Class } from './model/class.ts';
import { nodeNotRegistered } from './model/node.ts';
import { promisedBytes } from './model/volume-record.ts';
import type { KeptReason } from './model/whose.ts';
import type { Logger } from './report/log.ts';
import type { Metrics } from './report/metrics.ts';
import { type TrashFlow, type TrashReporter, trashFlow } from './trash/trash-flow.ts';
import { Copies } from './volume/copies.ts';
import { Notes } from './volume/notes.ts';
import { OtherNodes } from './volume/other-nodes.ts';
import type { Pools } from './volume/pools.ts';
import { VolumeFlow, type VolumeReporter } from './volume/volume-flow.ts';

/** More volumes at once would only wait in the API server instead of here. */
const volumeWorkers = 64;
const eraseWorkers = 2;

export interface ControllerOptions {
  kube: KubeApi;
  pools: Pools;
  volumeReporter: VolumeReporter & { immediateClass(cls: Class): void };
  trashReporter: TrashReporter;
  /** Reports which directories are kept, after each change of these notes. */
  keptReporter: (notes: Pick<Notes, 'kept'>) => { changed(): void; stop(): void };
  metrics: Metrics;
  log: Logger;
  /** How many volumes may be worked on at once. */
  concurrencyLimit: () => number;
  nodeName: string;
  provisionerNames: readonly string[];
  /** UID of this cluster's namespace kube-system; undefined while it could not be read. */
  ownCluster: () => string | undefined;
  /** How long a directory with content is kept when it is abandoned, in milliseconds; undefined keeps it for ever. */
  abandonedGraceMs: number | undefined;
  /** The node was seen for the first time, or its labels have changed. */
  onNodeChange: () => void;
}

/**
 * START READING HERE. Changes in the cluster become names of volumes, and workers take each name through the same stages:
 *
 *     change ─name→ queue ─name→ observe ─View→ decide ─Decision→ act ─Outcome→ report
 *
 * The volume of a claim has one name for life, `pvc-<claim UID>`, and one flow (`volume/`). The trash of a deleted volume has
 * a second flow with the same stages (`trash/`), because erasing takes long.
 */
export class Controller {
  readonly #notes = new Notes();
  readonly #copies = new Copies();
  readonly #volumeQueue: WorkQueue;
  readonly #trashQueue = new WorkQueue();
  readonly #volumeFlow: VolumeFlow;
  readonly #trashFlow: TrashFlow;
  readonly #otherNodes: OtherNodes;
  readonly #leftovers: Leftovers;
  readonly #immediateClasses: ImmediateClasses;
  readonly #keptReport: ReturnType<ControllerOptions['keptReporter']>;
  #started = false;
  #workers: Promise<unknown> = Promise.resolve();

  /** The handlers of the four watches. Each keeps only what is needed, and reports which volume needs a look. */
  readonly claims: Claims;
  readonly volumes: Volumes;
  readonly classes: Classes;
  readonly node: Node;

  constructor(options: ControllerOptions) {
    const { concurrencyLimit, kube, nodeName, provisionerNames } = options;
    this.#volumeQueue = new WorkQueue({
      atOnce: concurrencyLimit,
      // Many released volumes do not hold up a claim, nor many claims a volume.
      laneOf: (volume) => (this.claims.has(volume) ? 'claims' : 'volumes'),
    });
    this.#otherNodes = new OtherNodes(kube);
    this.#keptReport = options.keptReporter(this.#notes);

    this.claims = new Claims({
      nodeName,
      provisionerNames,
      onChange: (volume, change) => this.#volumeQueue.add(volume, change),
      onGrown: (volume) => this.#lookIfOurs(volume),
      onBound: (volume) => this.#notes.set(volume, { toldProvisionedAtMs: undefined }),
    });
    this.volumes = new Volumes({
      nodeName,
      provisionerNames,
      onChange: (seen, change) => this.#onVolumeChange(seen, change),
      onSize: (volume) => {
        for (const { room } of options.pools.all) room.registered(volume);
      },
      onListed: () => void this.#leftovers.scan(),
    });
    this.classes = new Classes({
      provisionerNames,
      onChange: () => {
        this.claims.surroundingsChanged();
        if (this.#started) void this.#immediateClasses.check(this.classes.byName.values());
      },
    });
    this.node = new Node({
      nodeName,
      onChange: () => {
        options.onNodeChange();
        this.claims.surroundingsChanged();
      },
      onMissing: () =>
        options.log.error(
          { reason: 'NodeNotRegistered', message: nodeNotRegistered(nodeName) },
          'node is not in the cluster: nothing is made',
        ),
    });
    this.#leftovers = new Leftovers({
      ...options,
      pools: options.pools.all,
      areListed: () => this.volumes.names !== undefined,
      existsIn: (volume, basePath) => {
        const isThere = this.volumes.names?.has(volume) === true;
        return isThere && (this.volumes.place(volume)?.basePath ?? basePath) === basePath;
      },
      isAwaited: (volume) => this.claims.has(volume),
      onFound: (volume) => this.directoryChanged(volume),
      onEarlierVolume: (volume) => {
        this.#notes.set(volume, { isUnlabelled: true });
        this.directoryChanged(volume);
      },
      onOfAnotherCluster: (record, pool) => {
        const { volume, cluster } = record;
        options.pools.named(pool).room.keep(volume, promisedBytes(record));
        if (this.#notes.setKept(volume, { reason: 'AnotherCluster', cluster })) this.#keptReport.changed();
      },
      onJournalsRead: ({ isRecorded, isLeftover }) => {
        const isThere = (volume: string) =>
          isRecorded(volume) || this.claims.has(volume) || this.volumes.names?.has(volume) === true;
        for (const { storage, room } of options.pools.all) {
          room.releaseOthers((volume) => storage.hasRecord(volume) !== false || this.claims.has(volume));
        }
        if (this.#notes.prune(isThere, isLeftover)) this.#keptReport.changed();
      },
    });
    this.#immediateClasses = new ImmediateClasses({
      areThereOtherNodes: () => this.#otherNodes.areThere(),
      onRisk: (cls) => options.volumeReporter.immediateClass(cls),
    });

    this.#volumeFlow = new VolumeFlow({
      ...options,
      reporter: options.volumeReporter,
      notes: this.#notes,
      copies: this.#copies,
      otherNodes: this.#otherNodes,
      classes: this.classes.byName,
      waiting: (volume) => this.claims.waiting(volume),
      isKnown: (volume) => this.volumes.names?.has(volume) || this.#notes.isUnlabelled(volume),
      node: () => this.node.facts,
      erase: (volume) => this.#trashQueue.add(volume),
      onSettled: (volume, claim) => this.claims.settled(volume, claim),
      onKeptChange: () => this.#keptReport.changed(),
    });
    this.#trashFlow = trashFlow({
      ...options,
      reporter: {
        trash: (look) => {
          options.trashReporter.trash(look);
          options.pools.releaseUnrecorded(look.key);
        },
      },
      storagesOf: (volume) => options.pools.having(volume).map(({ storage }) => storage),
      isBound: (volume) => this.volumes.boundPlace(volume) !== undefined,
    });
  }

  start(): void {
    this.#workers = Promise.all([
      work(volumeWorkers, this.#volumeQueue, this.#volumeFlow),
      work(eraseWorkers, this.#trashQueue, this.#trashFlow),
    ]);
    this.#leftovers.start();
    this.#started = true;
    void this.#immediateClasses.check(this.classes.byName.values());
  }

  /** Takes no more names, and waits for the looks that are under way. A restart finds what is left to do. */
  async stop(): Promise<void> {
    this.#leftovers.stop();
    this.claims.stop();
    this.#keptReport.stop();
    for (const queue of [this.#volumeQueue, this.#trashQueue]) queue.stop();
    await this.#workers;
  }

  /** How many volumes wait for a worker: those of claims that wait, and the others. */
  get depths(): { claims: number; volumes: number } {
    return { claims: this.#volumeQueue.depth('claims'), volumes: this.#volumeQueue.depth('volumes') };
  }

  /** Volumes in use whose directory is not there. */
  get lost(): { names: Iterable<string>; counts: ReadonlyMap<string, number> } {
    return { names: this.#notes.lost(), counts: this.#notes.countLost() };
  }

  /** How many directories are kept that no volume of this cluster stands for, by reason. */
  get keptCounts(): ReadonlyMap<KeptReason, number> {
    return this.#notes.countKept();
  }

  /** How many directories of each pool had no record at the last scan. */
  get orphanCounts(): ReadonlyMap<string, number> {
    return this.#leftovers.orphans;
  }

  /** How many volumes are copied for claims, or wait for others to be copied. */
  get runningClones(): number {
    return this.#copies.running;
  }

  /** The directory of the volume may be gone, or back, or there is room for it. */
  directoryChanged(volume: string): void {
    this.#volumeQueue.add(volume, 'surroundings');
  }

  /** A base directory, or what is known of the cluster, has changed: claims and leftovers may wait for that. */
  surroundingsChanged(): void {
    this.claims.surroundingsChanged();
    void this.#leftovers.scan();
  }

  /** Ignores the watch events that the daemon's own DELETE causes. */
  #onVolumeChange({ name, uid, state }: SeenVolume, change: Change): void {
    const isOwnDoing = state !== 'there' && this.#notes.isDeleting(name, uid);
    if (state !== 'deleting') this.#notes.set(name, { deletingUid: undefined });
    if (!isOwnDoing) this.#volumeQueue.add(name, change);
  }

  /** Adds the volume unless it is known to be another node's. */
  #lookIfOurs(volume: string): void {
    if (this.volumes.names?.has(volume) ?? true) this.#volumeQueue.add(volume);
  }
}
