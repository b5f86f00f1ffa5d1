import type { Outcome } from '../flow/outcome.ts';
import type { EventRecorder } from '../kube/events/events.ts';
import { type Claim, type ClaimReference, shownClaim } from '../model/claim.ts';
import type { Class } from '../model/class.ts';
import { shownBytes } from '../model/quantity.ts';
import type { CopyNews } from '../volume/copies.ts';
import type { Decision } from '../volume/decision.ts';
import { isAboutClaim, recordOf, type Trouble, type VolumeView } from '../volume/view.ts';
import type { VolumeLook, VolumeReporter } from '../volume/volume-flow.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Reports the looks at claims and volumes. No other place does, so log, metrics and Events cannot disagree. */
export class VolumeReport implements VolumeReporter {
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #events: Pick<EventRecorder, 'emit'>;

  constructor(log: Logger, metrics: Metrics, events: Pick<EventRecorder, 'emit'>) {
    this.#log = log;
    this.#metrics = metrics;
    this.#events = events;
  }

  volume(look: VolumeLook): void {
    const { view, waiting } = look;
    if (view === undefined ? waiting !== undefined : isAboutClaim(view)) this.#claim(look);
    else this.#volume(look);
  }

  /** An Event for each claim, and not only for slow ones, would double the load of a claim on the API server. */
  claimTakesLong(claim: ClaimReference): void {
    const message = `External provisioner is provisioning volume for claim "${shownClaim(claim)}"`;
    this.#claimEvent(claim, 'Normal', 'Provisioning', message);
  }

  immediateClass({ name, uid }: Class): void {
    const message = `StorageClass "${name}" does not wait for the first consumer, and the cluster has several nodes. The volumes of one pod may be made on different nodes, where the pod never starts. Delete the class and create it again with volumeBindingMode: WaitForFirstConsumer`;
    this.#log.warn({ class: name, message }, 'class does not wait for the first consumer');
    const regarding = { kind: 'StorageClass', name, uid } as const;
    this.#events.emit({ regarding, type: 'Warning', reason: 'ImmediateBinding', message });
  }

  #claim(look: VolumeLook): void {
    const { key, view, decision, outcome, failures, waiting, news } = look;
    const copy = 'copy' in outcome ? outcome.copy : undefined;
    // A copy is made in many looks.
    const durationMs = copy?.durationMs ?? look.durationMs;
    const claim = view?.claim ?? waiting;
    if (claim === undefined) return;
    const labels = labelsOf(view);
    const fields = {
      claim: shownClaim(claim),
      volume: key,
      class: claim.className ?? '',
      reason: decision?.reason,
      durationMs,
    };
    if (copy !== undefined) this.#copy(claim, copy, fields);
    const trouble = troubleOf(outcome);
    if (trouble !== undefined) {
      const ordinary = isOrdinary(trouble, failures);
      if (!ordinary) this.#metrics.provisionFailed.inc(labels);
      this.#metrics.failures.inc({ flow: 'provision', reason: trouble.reason });
      this.#log[ordinary ? 'info' : 'warn']({ ...fields, ...trouble }, 'claim not provisioned');
      if (!ordinary && isForTheUser(trouble)) {
        this.#claimEvent(claim, 'Warning', 'ProvisioningFailed', textOf(trouble));
      }
      return;
    }
    if (news.hasVolume) {
      this.#metrics.provisioned.inc(labels);
      this.#metrics.provisionDuration.observe(labels, durationMs / 1_000);
      this.#log.info(fields, 'volume provisioned');
      this.#claimEvent(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${key}`);
      if (decision?.action === 'provision' || decision?.action === 'clone') this.#warning(claim, decision, fields);
      return;
    }
    if (outcome.result === 'done' && decision?.action === 'giveBack') {
      const { message } = decision;
      this.#log.warn({ ...fields, node: claim.selectedNode, message }, 'selected node given back');
      const text = `${textOf(decision)}. The selected node was taken off this claim, so that the scheduler selects another one`;
      this.#claimEvent(claim, 'Warning', 'NodeGivenBack', text);
      return;
    }
    this.#log.debug({ ...fields, action: decision?.action }, 'claim left as it is');
  }

  #copy(claim: Claim, { state, isDue, progress, newBytes, skipped }: CopyNews, fields: object): void {
    const { copiedBytes, totalBytes, entries } = progress;
    const source = claim.dataSource?.name;
    this.#metrics.clonedBytes.inc(newBytes);
    if (state === 'begun') this.#log.info({ ...fields, source }, 'copy of a volume begun');
    if (isDue) {
      const inAll = totalBytes === undefined ? '' : ` of ${shownBytes(totalBytes)}`;
      const text =
        entries === 0
          ? `the copy of claim "${source}" waits for its turn`
          : `copied ${shownBytes(copiedBytes)}${inAll} from claim "${source}", ${entries} files and directories`;
      this.#claimEvent(claim, 'Normal', 'Cloning', text);
    }
    if (state !== 'whole') return;
    this.#log.info({ ...fields, source, copiedBytes, entries, skipped }, 'copy of a volume is whole');
    if (skipped === 0) return;
    const text = `the copy of claim "${source}" lacks ${skipped} pipes, sockets, devices or mount points, which cannot be copied`;
    this.#claimEvent(claim, 'Warning', 'CloneSkipped', text);
  }

  #volume(look: VolumeLook): void {
    const { key, view, decision, outcome, failures, durationMs, news } = look;
    const record = view && recordOf(view);
    const labels = { class: view?.volume?.className ?? record?.class ?? '' };
    const fields = { volume: key, class: labels.class, reason: decision?.reason, durationMs };
    const trouble = troubleOf(outcome);
    if (decision?.action === 'grow' || decision?.action === 'cannotGrow') {
      this.#growth(look, decision, fields);
      return;
    }
    if (trouble !== undefined) {
      const ordinary = isOrdinary(trouble, failures);
      if (!ordinary) this.#metrics.deleteFailed.inc(labels);
      this.#metrics.failures.inc({ flow: 'delete', reason: trouble.reason });
      this.#log[ordinary ? 'info' : 'warn']({ ...fields, ...trouble }, 'volume not deleted');
      const isNews = !ordinary && (outcome.result !== 'refused' || news.isTroubled);
      if (isNews && isForTheUser(trouble)) this.#volumeEvent(view, 'Warning', 'VolumeFailedDelete', textOf(trouble));
      return;
    }
    if (news.isMended) this.#log.info(fields, 'trouble with the volume is over');
    if (decision?.action === 'reportLoss' && news.isLost) {
      this.#log.warn({ ...fields, message: decision.message }, 'volume in use has lost its directory');
      this.#lossEvents(view, 'Warning', 'VolumeDirectoryMissing', textOf(decision));
      return;
    }
    if (news.isFound) {
      this.#log.info(fields, 'volume has its directory again');
      this.#lossEvents(view, 'Normal', 'VolumeDirectoryFound', `the directory of volume ${key} is in its place again`);
    }
    if (decision?.reason === 'Abandoned') {
      const { action } = decision;
      const wait = action === 'wait' && { afterMs: decision.afterMs };
      this.#log.warn({ ...fields, action, ...wait }, 'directory has neither claim nor volume');
      return;
    }
    if (outcome.result === 'done' && decision?.action === 'delete') {
      this.#metrics.deleted.inc(labels);
      this.#metrics.deleteDuration.observe(labels, durationMs / 1_000);
      this.#log.info(fields, 'volume deleted');
      return;
    }
    const words = decision && doneWords[decision.action];
    if (words !== undefined) this.#log.info(fields, words);
    else this.#log.debug({ ...fields, action: decision?.action }, 'volume left as it is');
  }

  /** Growth concerns the user of the claim. */
  #growth(
    { key, view, outcome, failures, news }: VolumeLook,
    decision: Extract<Decision, { action: 'grow' | 'cannotGrow' }>,
    fields: object,
  ): void {
    const claim = view?.livingClaim;
    if (claim === undefined) return;
    const trouble = troubleOf(outcome) ?? (decision.action === 'cannotGrow' ? decision : undefined);
    const shown = { ...fields, claim: shownClaim(claim) };
    if (trouble !== undefined) {
      const { reason, message } = trouble;
      const ordinary = isOrdinary(trouble, failures);
      this.#metrics.failures.inc({ flow: 'grow', reason });
      if (outcome.result !== 'failed' && !news.isTroubled) return; // it was told before
      this.#log[ordinary ? 'info' : 'warn']({ ...shown, reason, message }, 'volume not grown');
      if (!ordinary && isForTheUser(trouble)) this.#claimEvent(claim, 'Warning', 'VolumeResizeFailed', textOf(trouble));
      return;
    }
    if (decision.action !== 'grow') return;
    const { from, capacity } = decision.plan;
    this.#log.info({ ...shown, from, capacity }, 'volume grown');
    if (from === capacity) return; // its claim only said that it could not
    const isLimited = decision.plan.limit !== undefined;
    const text = `volume ${key} grew from ${from} to ${capacity}${isLimited ? '' : '. Its size is not enforced'}`;
    this.#claimEvent(claim, 'Normal', 'VolumeResizeSuccessful', text);
    this.#warning(claim, decision, shown);
  }

  #warning(claim: ClaimReference, { warning }: { warning?: Trouble }, fields: object): void {
    if (warning === undefined) return;
    this.#log.warn({ ...fields, ...warning }, 'base directory promises more than it has');
    this.#claimEvent(claim, 'Warning', warning.reason, warning.message);
  }

  #claimEvent(
    { namespace, name, uid }: ClaimReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    const regarding = { kind: 'PersistentVolumeClaim', namespace, name, uid } as const;
    this.#events.emit({ regarding, type, reason, message });
  }

  #volumeEvent(view: VolumeView | undefined, type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (view?.volume === undefined) return; // no object that a user could describe
    const { name, uid } = view.volume;
    this.#events.emit({ regarding: { kind: 'PersistentVolume', name, uid }, type, reason, message });
  }

  /** The users of the volume look at its claim. */
  #lossEvents(view: VolumeView | undefined, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#volumeEvent(view, type, reason, message);
    const claim = view?.volume?.claim;
    if (claim !== undefined) this.#claimEvent(claim, type, reason, `volume ${view?.name}: ${message}`);
  }
}

/** Log messages of completed actions. The other actions changed nothing, or are logged elsewhere. */
const doneWords: { [Action in Decision['action']]?: string } = {
  undo: 'unfinished directory and record removed',
  discard: 'abandoned directory moved to the trash',
  label: 'volume labelled',
  adopt: 'volume of an earlier provisioner adopted',
  protect: 'finalizer added to the volume',
  retain: 'policy Retain noted in the record, finalizer removed from the volume',
  forget: 'record removed, because somebody removed the directory',
};

const knownSources = ['', 'PersistentVolumeClaim', 'VolumeSnapshot'];

/** Users write any class and source into their claims: as labels, these would reveal names and have no limit. */
function labelsOf(view: VolumeView | undefined): { class: string; source: string } {
  const source = view?.claim?.dataSource?.kind ?? '';
  return { class: view?.class?.name ?? '', source: knownSources.includes(source) ? source : 'other' };
}

function troubleOf(outcome: Outcome): Trouble | undefined {
  if (outcome.result === 'refused') return { reason: outcome.reason, message: outcome.message };
  if (outcome.result === 'failed') return { reason: outcome.error.reason, message: outcome.error.message };
  return undefined;
}

const textOf = ({ reason, message }: Trouble): string => `${reason}: ${message}`;

const ordinaryOnce: ReadonlySet<string> = new Set(['ApiServerConflict', 'ApiServerAlreadyExists']);

/** Objects change after they were read: that is no trouble unless it happens again and again. */
const isOrdinary = ({ reason }: Trouble, failures: number): boolean => ordinaryOnce.has(reason) && failures < 2;

/** An API server that does not answer, or is overloaded, gets no Events about that. */
const isForTheUser = ({ reason }: Trouble): boolean =>
  reason !== 'ApiServerUnreachable' && reason !== 'ApiServerTooManyRequests';
