import type { DeleteDecision } from '../delete/decide.ts';
import { recordOf, type VolumeView } from '../delete/observe.ts';
import type { Erasure } from '../disk/port.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { EventRecorder } from '../kube/events/events.ts';
import type { ClaimReference } from '../model/claim.ts';
import type { Class } from '../model/class.ts';
import { volumeNameFor } from '../model/names.ts';
import type { ProvisionDecision } from '../provision/decide.ts';
import type { ClaimView } from '../provision/observe.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What happened to one claim. View and decision are missing when observing failed already. */
export interface ClaimReport {
  reference: ClaimReference;
  view: ClaimView | undefined;
  decision: ProvisionDecision | undefined;
  outcome: Outcome;
  /** Whether the claim has its volume, and that was not told yet. */
  volumeIsNews: boolean;
  /** How often the claim had failed in a row before. */
  failures: number;
  durationMs: number;
}

export interface VolumeReport {
  name: string;
  view: VolumeView | undefined;
  decision: DeleteDecision | undefined;
  outcome: Outcome;
  /** How often the volume had failed in a row before. */
  failures: number;
  /** Whether its directory was not there at the look before. */
  wasLost: boolean;
  /** Whether its directory is not there, and that is to be told. */
  lossIsNews: boolean;
  durationMs: number;
}

const quietActions: ReadonlySet<DeleteDecision['action']> = new Set(['ignore', 'erase', 'report']);

/** What went wrong, of a failure or a refusal. */
interface Trouble {
  reason: string;
  message: string;
}

/** The only place that says what happened, so that log, metrics and Events cannot disagree. */
export class Recorder {
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #events: Pick<EventRecorder, 'emit'>;
  /** By volume, what its Events were last told of; an entry ends with the trouble. */
  readonly #told = new Map<string, string>();
  /** Of volumes that are erased in several turns: what came of these so far. */
  readonly #turns = new Map<string, { entries: number; durationMs: number }>();

  constructor(log: Logger, metrics: Metrics, events: Pick<EventRecorder, 'emit'>) {
    this.#log = log;
    this.#metrics = metrics;
    this.#events = events;
  }

  claim({ reference, view, decision, outcome, volumeIsNews, failures, durationMs }: ClaimReport): void {
    const labels = labelsOf(view);
    const className = view?.claim?.className ?? '';
    const fields = { ...claimFields(reference), class: className, reason: decision?.reason, durationMs };
    const trouble = troubleOf(outcome);
    if (trouble !== undefined) {
      const ordinary = isOrdinary(trouble, failures);
      if (!ordinary) this.#metrics.provisionFailed.inc(labels);
      this.#metrics.failures.inc({ flow: 'provision', reason: trouble.reason });
      this.#log[ordinary ? 'info' : 'warn']({ ...fields, ...trouble }, 'claim not provisioned');
      const gone = view !== undefined && view.claim === undefined;
      if (!gone && !ordinary && isForTheUser(trouble))
        this.#claimEvent(reference, 'Warning', 'ProvisioningFailed', textOf(trouble));
      return;
    }
    if (volumeIsNews) {
      this.#metrics.provisioned.inc(labels);
      this.#metrics.provisionDuration.observe(labels, durationMs / 1_000);
      this.#log.info(fields, 'volume provisioned');
      const message = `Successfully provisioned volume ${fields.volume}`;
      this.#claimEvent(reference, 'Normal', 'ProvisioningSucceeded', message);
      return;
    }
    if (outcome.result === 'done' && decision?.action === 'giveBack') {
      const { message } = decision;
      this.#log.warn({ ...fields, node: view?.claim?.selectedNode, message }, 'selected node given back');
      const told = `${textOf(decision)}. The selected node was taken off this claim, so that the scheduler selects one anew`;
      this.#claimEvent(reference, 'Warning', 'NodeGivenBack', told);
      return;
    }
    if (decision?.reason === 'Abandoned') {
      this.#log.warn(
        { ...fields, action: decision.action, ...(decision.action === 'wait' && { afterMs: decision.afterMs }) },
        'directory has neither claim nor volume',
      );
      return;
    }
    this.#log.debug({ ...fields, action: decision?.action }, 'claim left as it is');
  }

  /** Said only of a claim that takes long: an Event for each would double what a claim costs the API server. */
  claimTakesLong(reference: ClaimReference): void {
    const claim = `${reference.namespace}/${reference.name}`;
    const message = `External provisioner is provisioning volume for claim "${claim}"`;
    this.#claimEvent(reference, 'Normal', 'Provisioning', message);
  }

  immediateClass({ name, uid }: Class): void {
    const message = `StorageClass "${name}" does not wait for the first consumer, and the cluster has several nodes: the volumes of one pod may be made on different nodes, where the pod never starts. Make the class again with volumeBindingMode: WaitForFirstConsumer`;
    this.#log.warn({ class: name, message }, 'class does not wait for the first consumer');
    this.#events.emit({
      regarding: { kind: 'StorageClass', name, uid },
      type: 'Warning',
      reason: 'ImmediateBinding',
      message,
    });
  }

  volume({ name, view, decision, outcome, failures, wasLost, lossIsNews, durationMs }: VolumeReport): void {
    const labels = { class: view?.object?.spec?.storageClassName ?? (view && recordOf(view.disk))?.class ?? '' };
    const fields = { volume: name, class: labels.class, reason: decision?.reason, durationMs };
    const trouble = troubleOf(outcome);
    if (trouble !== undefined) {
      const ordinary = isOrdinary(trouble, failures);
      if (!ordinary) this.#metrics.deleteFailed.inc(labels);
      this.#metrics.failures.inc({ flow: 'delete', reason: trouble.reason });
      this.#log[ordinary ? 'info' : 'warn']({ ...fields, ...trouble }, 'volume not deleted');
      const isNews = !ordinary && (outcome.result !== 'refused' || this.#isNews(name, textOf(trouble)));
      if (isNews && isForTheUser(trouble)) this.#volumeEvent(view, 'Warning', 'VolumeFailedDelete', textOf(trouble));
      return;
    }
    if (decision?.action === 'cannotGrow') {
      const claim = view?.volume?.claim;
      if (claim === undefined || !this.#isNews(name, textOf(decision))) return;
      this.#log.warn({ ...fields, ...claimFields(claim), message: decision.message }, 'volume does not grow');
      this.#claimEvent(claim, 'Warning', 'VolumeResizeFailed', textOf(decision));
      return;
    }
    if (this.#told.delete(name)) this.#log.info(fields, 'volume needs nobody to mend it any more');
    if (decision?.action === 'report' && lossIsNews) {
      this.#log.warn({ ...fields, message: decision.message }, 'volume in use has lost its directory');
      this.#lossEvents(view, 'Warning', 'VolumeDirectoryMissing', textOf(decision));
      return;
    }
    if (wasLost && decision?.action !== 'report' && view?.volume?.phase === 'Bound') {
      this.#log.info(fields, 'volume has its directory again');
      this.#lossEvents(view, 'Normal', 'VolumeDirectoryFound', 'the directory is there again');
    }
    if (outcome.result === 'done' && decision?.action === 'delete') {
      this.#metrics.deleted.inc(labels);
      this.#metrics.deleteDuration.observe(labels, durationMs / 1_000);
      this.#log.info(fields, 'volume deleted');
      return;
    }
    const quiet = decision === undefined || quietActions.has(decision.action);
    this.#log[quiet ? 'debug' : 'info']({ ...fields, action: decision?.action }, 'volume looked at');
  }

  erasure(volume: string, erasure: Erasure, durationMs: number): void {
    if (erasure.result === 'kept') {
      this.#log.debug({ volume, forMs: erasure.forMs }, 'trash kept for its retention');
      return;
    }
    this.#metrics.erasedEntries.inc(erasure.entries);
    const before = this.#turns.get(volume);
    const entries = (before?.entries ?? 0) + erasure.entries;
    const total = { entries, durationMs: (before?.durationMs ?? 0) + durationMs };
    const fields = { volume, ...total };
    if (erasure.result === 'unfinished') {
      this.#turns.set(volume, total);
      if (before === undefined) this.#log.info(fields, 'trash takes long to erase: it goes on in turns with others');
      return;
    }
    this.#turns.delete(volume);
    if (erasure.result === 'erased') this.#log[erasure.entries > 0 ? 'info' : 'debug'](fields, 'trash erased');
    else this.#log.warn({ ...fields, problems: erasure.problems }, 'trash not erased: remove what is in the way');
  }

  erasureFailed(volume: string, outcome: Outcome): void {
    const trouble = troubleOf(outcome);
    this.#log.warn({ volume, ...trouble }, 'trash not erased');
  }

  /** Whether this was not what was told of the volume last: a look for another reason, or a new list, is no news. */
  #isNews(volume: string, text: string): boolean {
    if (this.#told.get(volume) === text) return false;
    this.#told.set(volume, text);
    return true;
  }

  #claimEvent(reference: ClaimReference, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.emit({ regarding: { kind: 'PersistentVolumeClaim', ...reference }, type, reason, message });
  }

  #volumeEvent(view: VolumeView | undefined, type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (view?.volume === undefined) return; // an Event needs an object that a user can describe
    const { name, uid } = view.volume;
    this.#events.emit({ regarding: { kind: 'PersistentVolume', name, uid }, type, reason, message });
  }

  /** Its users look at the claim. */
  #lossEvents(view: VolumeView | undefined, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#volumeEvent(view, type, reason, message);
    const claim = view?.volume?.claim;
    if (claim !== undefined) this.#claimEvent(claim, type, reason, `volume ${view?.name}: ${message}`);
  }
}

const knownSources = ['', 'PersistentVolumeClaim', 'VolumeSnapshot'];

/** Whoever makes a claim may write any class and any source into it: as labels, they would show names and have no end. */
function labelsOf(view: ClaimView | undefined): { class: string; source: string } {
  const source = view?.claim?.dataSource?.split('/')[0] ?? '';
  return { class: view?.class?.name ?? '', source: knownSources.includes(source) ? source : 'other' };
}

function claimFields(reference: ClaimReference) {
  return { claim: `${reference.namespace}/${reference.name}`, volume: volumeNameFor(reference.uid) };
}

function troubleOf(outcome: Outcome): Trouble | undefined {
  if (outcome.result === 'refused') return { reason: outcome.reason, message: outcome.message };
  if (outcome.result === 'failed') return { reason: outcome.error.reason, message: outcome.error.message };
  return undefined;
}

const textOf = ({ reason, message }: Trouble): string => `${reason}: ${message}`;

/** Objects change between our look and our deed: that is nobody's trouble unless it happens again and again. */
const isOrdinary = ({ reason }: Trouble, failures: number): boolean => reason === 'ApiServerConflict' && failures < 2;

/** An API server that does not answer, or asks us to slow down, is not to be sent Events about it. */
const isForTheUser = ({ reason }: Trouble): boolean =>
  reason !== 'ApiServerUnreachable' && reason !== 'ApiServerTooManyRequests';
