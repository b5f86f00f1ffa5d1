import { PendingClaims } from './changes/claims.ts';
import { Classes } from './changes/classes.ts';
import { ImmediateClasses } from './changes/immediate-classes.ts';
import { KeptDirectories } from './changes/kept-directories.ts';
import { Leftovers } from './changes/leftovers.ts';
import { OwnNode } from './changes/node.ts';
import { OwnVolumes } from './changes/volumes.ts';
import { actOnVolume, type DeleteTools } from './delete/act.ts';
import { type DeleteDecision, decideDelete } from './delete/decide.ts';
import { LostVolumes } from './delete/lost-volumes.ts';
import { observeVolume, recordOf, type VolumeView } from './delete/observe.ts';
import type { Erasure, VolumeStorage } from './disk/port.ts';
import { failureOf } from './flow/failure.ts';
import { KeyedLock } from './flow/keyed-lock.ts';
import type { Outcome } from './flow/outcome.ts';
import { WorkQueue } from './flow/work-queue.ts';
import type { KubeApi } from './kube/calls/kube-api.ts';
import { claimKey, claimOfKey, volumeNameFor } from './model/names.ts';
import { nodeNotRegistered } from './model/node.ts';
import type { VolumeRecord } from './model/volume-record.ts';
import { Abandonments } from './provision/abandonments.ts';
import { actOnClaim, type ProvisionTools } from './provision/act.ts';
import { decideProvision, type ProvisionDecision } from './provision/decide.ts';
import { Doubts } from './provision/doubts.ts';
import { GiveBacks } from './provision/give-backs.ts';
import { type ClaimSources, type ClaimView, observeClaim } from './provision/observe.ts';
import { OtherNodes } from './provision/other-nodes.ts';
import { Shortages } from './provision/shortages.ts';
import type { ClusterRecorder } from './report/cluster-report.ts';
import type { Logger } from './report/log.ts';
import type { Metrics } from './report/metrics.ts';
import type { Recorder } from './report/report.ts';

/** More claims or volumes at once than this would only wait in the API server instead of here. */
const claimWorkers = 64;
const volumeWorkers = 64;
const eraseWorkers = 2;

/** A claim that takes longer gets an Event that says it is being worked on, in milliseconds. */
const longProvisionMs = 1_000;

/** The same of a claim that every daemon tries, as nobody selected a node: each that is slow would say so, also one that loses. */
const longRaceMs = 10_000;

export interface ControllerOptions {
  kube: KubeApi;
  storage: VolumeStorage;
  recorder: Recorder;
  clusterRecorder: Pick<ClusterRecorder, 'kept'>;
  metrics: Metrics;
  log: Logger;
  /** How many claims, and as many volumes, the API server can be asked about at once. */
  concurrencyLimit: () => number;
  nodeName: string;
  provisionerNames: readonly string[];
  /** UID of this cluster's namespace kube-system; undefined while it could not be read. */
  ownCluster: () => string | undefined;
  /** How long a directory with content is kept when it is abandoned, in milliseconds; undefined keeps it for ever. */
  abandonedGraceMs: number | undefined;
  /** The node was seen for the first time, or its labels have changed. */
  onNodeChange: () => void;
  /** Why the base directory cannot be used, and for how long that has been so; undefined when it can. */
  baseTrouble: ClaimSources['baseTrouble'];
}

/**
 * START READING HERE. Changes in the cluster become keys, and workers take each key through four stages:
 *
 *     change ─key→ queue ─key→ observe ─View→ decide ─Decision→ act ─Outcome→ record
 *
 * for claims in `provision/`, for volumes in `delete/`. What a deleted volume left in the trash is erased by workers apart.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #claimQueue: WorkQueue;
  readonly #volumeQueue: WorkQueue;
  readonly #trashQueue = new WorkQueue();
  /** A claim and its volume share a directory, so one flow at a time has it. */
  readonly #oneFlow = new KeyedLock();
  readonly #doubts = new Doubts();
  readonly #abandonments = new Abandonments();
  readonly #giveBacks = new GiveBacks();
  readonly #shortages = new Shortages();
  readonly #otherNodes: OtherNodes;
  readonly #leftovers: Leftovers;
  readonly #immediateClasses: ImmediateClasses;
  #started = false;
  #workers: Promise<unknown> = Promise.resolve();

  /** Volumes in use whose directory is not there. */
  readonly lost = new LostVolumes();
  /** Directories that no volume of this cluster stands for. */
  readonly kept: KeptDirectories;

  /** What the four watches tell; each keeps only what is needed and says which key needs a look. */
  readonly claims: PendingClaims;
  readonly volumes: OwnVolumes;
  readonly classes: Classes;
  readonly node: OwnNode;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { concurrencyLimit, nodeName, provisionerNames } = options;
    this.#otherNodes = new OtherNodes(options.kube);
    this.#claimQueue = new WorkQueue(concurrencyLimit);
    this.#volumeQueue = new WorkQueue(concurrencyLimit);
    this.claims = new PendingClaims({
      nodeName,
      provisionerNames,
      onPending: (key, change) => this.#claimQueue.add(key, change),
      onGrown: ({ uid }) => this.#lookAtOwn(volumeNameFor(uid)),
      onGone: ({ uid }) => this.#volumeQueue.add(volumeNameFor(uid)),
    });
    this.volumes = new OwnVolumes({
      nodeName,
      provisionerNames,
      onLook: (volume, change) => this.#volumeQueue.add(volume, change),
      onListed: () => void this.#leftovers.look(),
    });
    this.kept = new KeptDirectories(options.clusterRecorder);
    this.#leftovers = new Leftovers({
      ...options,
      kept: this.kept,
      existing: () => this.volumes.names,
      underWay: () => this.claims.volumes(),
      onLook: (volume) => this.#volumeQueue.add(volume, 'surroundings'),
    });
    this.#immediateClasses = new ImmediateClasses({
      areThereOtherNodes: () => this.#otherNodes.areThere(),
      onRisk: (cls) => options.recorder.immediateClass(cls),
    });
    this.classes = new Classes({
      provisionerNames,
      onChange: () => {
        this.claims.lookAgain();
        if (this.#started) void this.#immediateClasses.look(this.classes.byName.values());
      },
    });
    this.node = new OwnNode({
      nodeName,
      onChange: () => {
        options.onNodeChange();
        this.claims.lookAgain();
      },
      onMissing: () =>
        options.log.error(
          { reason: 'NodeNotRegistered', message: nodeNotRegistered(nodeName) },
          'node is not in the cluster: nothing is made',
        ),
    });
  }

  get depths(): { claims: number; volumes: number } {
    return { claims: this.#claimQueue.depth, volumes: this.#volumeQueue.depth };
  }

  start(): void {
    this.#workers = Promise.all([
      ...workers(claimWorkers, this.#claimQueue, (key) => this.#reconcileClaim(key)),
      ...workers(volumeWorkers, this.#volumeQueue, (key) => this.#reconcileVolume(key)),
      ...workers(eraseWorkers, this.#trashQueue, (key) => this.#eraseTrash(key)),
    ]);
    this.#leftovers.start();
    this.#started = true;
    void this.#immediateClasses.look(this.classes.byName.values());
  }

  /** The directory of the volume may have gone, or come back. */
  lookAtVolume(name: string): void {
    this.#volumeQueue.add(name, 'surroundings');
  }

  /** What claims, volumes or the journal may have waited for has changed. */
  lookAgain(): void {
    this.claims.lookAgain();
    void this.#leftovers.look();
  }

  /** Takes no more keys; resolves when those that are being worked on are finished. What is then left, a restart finds. */
  async stop(): Promise<void> {
    this.#leftovers.stop();
    this.claims.stop();
    this.kept.stop();
    for (const queue of [this.#claimQueue, this.#volumeQueue, this.#trashQueue]) queue.stop();
    await this.#workers;
  }

  /** A claim that waits for us no more is another one for the decision than the one that waited. */
  #lookAtClaim(key: string): void {
    this.#claimQueue.add(key, this.claims.get(key) === undefined ? { object: '' } : 'perhaps');
  }

  /** Looks at a volume unless it is known to be another node's. */
  #lookAtOwn(volume: string): void {
    if (this.volumes.names?.has(volume) ?? true) this.#volumeQueue.add(volume);
  }

  async #reconcileClaim(key: string): Promise<Outcome> {
    const { recorder } = this.#options;
    const reference = claimOfKey(key);
    const seen = this.claims.get(key);
    const started = performance.now();
    let view: ClaimView | undefined;
    let decision: ProvisionDecision | undefined;
    let outcome: Outcome;
    let slow: NodeJS.Timeout | undefined;
    try {
      outcome = await this.#oneFlow.run(volumeNameFor(reference.uid), async () => {
        view = await observeClaim(reference, this.#claimSources);
        decision = decideProvision(view);
        if (decision.action === 'provision') {
          const longMs = view.claim?.selectedNode === undefined ? longRaceMs : longProvisionMs;
          slow = setTimeout(() => this.claims.get(key) !== undefined && recorder.claimTakesLong(reference), longMs);
        }
        return actOnClaim(decision, view, this.#provisionTools);
      });
    } catch (error) {
      outcome = failureOf(error);
    }
    clearTimeout(slow);
    const hasVolume = outcome.result === 'done' && (decision?.action === 'provision' || decision?.action === 'confirm');
    const volumeIsNews = hasVolume && this.claims.provisioned(key, decision?.action === 'provision');
    if (outcome.result === 'done') this.claims.settled(key, seen);
    if (decision !== undefined) this.#noteKept(volumeNameFor(reference.uid), decision, view?.record);
    recorder.claim({
      reference,
      view,
      decision,
      outcome,
      volumeIsNews,
      failures: this.#claimQueue.failures(key),
      durationMs: elapsedMs(started),
    });
    return outcome;
  }

  async #reconcileVolume(name: string): Promise<Outcome> {
    const started = performance.now();
    let view: VolumeView | undefined;
    let decision: DeleteDecision | undefined;
    let outcome: Outcome;
    try {
      outcome = await this.#oneFlow.run(name, async () => {
        view = await observeVolume(name, this.#options);
        decision = decideDelete(view);
        return actOnVolume(decision, view, this.#deleteTools);
      });
    } catch (error) {
      outcome = failureOf(error);
    }
    const wasLost = this.lost.has(name);
    const lossIsNews = decision !== undefined && this.lost.note(name, decision);
    // Of a directory that is handed on to the claim's flow, that one says what becomes of it.
    if (decision !== undefined && decision.action !== 'askClaim') {
      this.#noteKept(name, decision, view && recordOf(view.disk));
    }
    const failures = this.#volumeQueue.failures(name);
    this.#options.recorder.volume({
      name,
      view,
      decision,
      outcome,
      failures,
      wasLost,
      lossIsNews,
      durationMs: elapsedMs(started),
    });
    return outcome;
  }

  #noteKept(volume: string, decision: ProvisionDecision | DeleteDecision, record: VolumeRecord | undefined): void {
    const { action, reason } = decision;
    if (action !== 'keep') this.kept.forget(volume);
    else this.kept.note(volume, { reason, cluster: reason === 'AnotherCluster' ? record?.cluster : undefined });
  }

  async #eraseTrash(volume: string): Promise<Outcome> {
    const { storage, recorder } = this.#options;
    const started = performance.now();
    // An API server that was set back to a backup has the volume again, and a claim is bound to it: its data is not waste.
    if (this.volumes.boundPlace(volume) !== undefined) return { result: 'waiting', afterMs: leftTrashRetryMs };
    try {
      const erasure = await storage.eraseTrash(volume);
      recorder.erasure(volume, erasure, elapsedMs(started));
      return afterErasing(erasure);
    } catch (error) {
      const outcome = failureOf(error);
      recorder.erasureFailed(volume, outcome);
      return outcome;
    }
  }

  get #claimSources(): ClaimSources {
    return {
      ...this.#options,
      seen: (reference) => this.claims.get(claimKey(reference)),
      classes: this.classes.byName,
      doubts: this.#doubts,
      abandonments: this.#abandonments,
      giveBacks: this.#giveBacks,
      shortages: this.#shortages,
      otherNodes: this.#otherNodes,
      node: () => this.node.facts,
    };
  }

  get #provisionTools(): ProvisionTools {
    return {
      ...this.#options,
      doubts: this.#doubts,
      abandonments: this.#abandonments,
      giveBacks: this.#giveBacks,
      shortages: this.#shortages,
      isPending: (reference) => this.claims.get(claimKey(reference)) !== undefined,
      erase: (volume) => this.#trashQueue.add(volume),
    };
  }

  get #deleteTools(): DeleteTools {
    return {
      ...this.#options,
      askClaim: (claim) => this.#lookAtClaim(claimKey(claim)),
      erase: (volume) => this.#trashQueue.add(volume),
      withoutEcho: (volume, deed) => this.volumes.withoutEcho(volume, deed),
    };
  }
}

/** Trash that cannot be erased, such as a mount in it, is tried again after this time, in milliseconds. */
const leftTrashRetryMs = 10 * 60_000;

function afterErasing(erasure: Erasure): Outcome {
  switch (erasure.result) {
    case 'erased':
      return { result: 'done' };
    case 'unfinished':
      return { result: 'waiting', afterMs: 0 }; // at once, but behind all that wait
    case 'kept':
      return { result: 'waiting', afterMs: erasure.forMs };
    case 'left':
      return { result: 'waiting', afterMs: leftTrashRetryMs };
  }
}

const elapsedMs = (started: number): number => Math.round((performance.now() - started) * 10) / 10;

/** Workers that each take one key after another, until the queue is stopped. */
function workers(count: number, queue: WorkQueue, reconcile: (key: string) => Promise<Outcome>): Promise<void>[] {
  return Array.from({ length: count }, async () => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      queue.finish(key, await reconcile(key));
    }
  });
}
