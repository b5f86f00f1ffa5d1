import type { Outcome } from '../flow/outcome.ts';
import type { Flow, Look } from '../flow/reconcile.ts';
import type { Claim } from '../model/claim.ts';
import { promisedBytes } from '../model/volume-record.ts';
import { act, type VolumeOutcome, type VolumeTools } from './act.ts';
import type { Copies } from './copies.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { refusedGrowth } from './grow.ts';
import type { Notes } from './notes.ts';
import { observe, type VolumeSources } from './observe.ts';
import type { Pools } from './pools.ts';
import { poolsLackingRoom } from './rules/choose-pool.ts';
import { demandOfLook } from './rules/room.ts';
import { diskOf, isAboutClaim, recordOf, type VolumeView, volumeOfOurs } from './view.ts';

/** A claim whose volume takes longer, in milliseconds, gets an Event. */
const longProvisionMs = 1_000;

/** The limit without a selected node, in milliseconds: all daemons then try, and each slow one would send an Event. */
const longRaceMs = 10_000;

/** The findings of a look that are not reported yet. */
export interface News {
  /** The claim has its volume. */
  hasVolume: boolean;
  /** The volume in use has lost its directory. */
  isLost: boolean;
  /** The volume in use has its directory again. */
  isFound: boolean;
  /** There is new or other trouble. */
  isTroubled: boolean;
  /** There was trouble, and it is over. */
  isMended: boolean;
}

export interface VolumeLook extends Look<VolumeView, Decision, VolumeOutcome> {
  news: News;
  /** The claim that waited when the look began. */
  waiting: Claim | undefined;
}

export interface VolumeReporter {
  volume(look: VolumeLook): void;
  /** Provisioning a volume for the claim takes long. */
  claimTakesLong(claim: Claim): void;
}

export interface VolumeFlowOptions
  extends Omit<VolumeSources, 'pools' | 'copies'>,
    Omit<VolumeTools, 'kube' | 'pools' | 'notes' | 'copies' | 'stillWaits'> {
  kube: VolumeSources['kube'] & VolumeTools['kube'];
  pools: Pools;
  notes: Notes;
  copies: Copies;
  reporter: VolumeReporter;
  /** Nothing is left to do for the claim, which waited as this object, until it changes. */
  onSettled: (volume: string, claim: Claim) => void;
  /** The kept directories have changed. */
  onKeptChange: () => void;
}

/** The life of one volume: wanted, made, in use, let go, left over. Keyed by its name, `pvc-<claim UID>`. */
export class VolumeFlow implements Flow<VolumeView, Decision, VolumeOutcome> {
  readonly #options: VolumeFlowOptions;

  constructor(options: VolumeFlowOptions) {
    this.#options = options;
  }

  observe(name: string): Promise<VolumeView> {
    return observe(name, this.#options);
  }

  decide(view: VolumeView): Decision {
    return decide(view);
  }

  async act(decision: Decision, view: VolumeView): Promise<VolumeOutcome> {
    const stillWaits = (name: string) => this.#options.waiting(name) !== undefined;
    const slow = decision.action === 'provision' ? this.#tellIfLong(view) : undefined;
    try {
      return await act(decision, view, { ...this.#options, stillWaits });
    } finally {
      clearTimeout(slow);
    }
  }

  report(look: Look<VolumeView, Decision, VolumeOutcome>): void {
    const { reporter, onSettled, waiting } = this.#options;
    const { key, view, outcome } = look;
    this.#account(look);
    this.#endCopy(look);
    const seen = view === undefined ? waiting(key) : view.waits ? view.claim : undefined;
    reporter.volume({ ...look, waiting: seen, news: this.#note(look) });
    if (outcome.result === 'done' && seen !== undefined) onSettled(key, seen);
  }

  #tellIfLong({ name, claim }: VolumeView): NodeJS.Timeout {
    const { reporter, waiting } = this.#options;
    const longMs = claim?.selectedNode === undefined ? longRaceMs : longProvisionMs;
    return setTimeout(() => {
      const waits = waiting(name);
      if (waits !== undefined) reporter.claimTakesLong(waits);
    }, longMs);
  }

  /** Directories without a volume object take room too, until nothing of them is left to keep. */
  #account({ key, view, decision, outcome }: Look<VolumeView, Decision>): void {
    const { pools } = this.#options;
    pools.releaseUnrecorded(key);
    if (view === undefined || decision === undefined) return;
    const isLacking = decision.reason === 'NoRoom' && (decision.action === 'fail' || decision.action === 'cannotGrow');
    const demand = isLacking ? demandOfLook(view) : undefined;
    const lacking = isLacking ? poolsLackingRoom(view) : [];
    for (const { name, room } of pools.all) {
      if (demand !== undefined && lacking.includes(name)) room.lacks(key, demand);
      else room.lacksNothing(key);
    }
    const disk = diskOf(view);
    const isDeleted = outcome.result === 'done' && decision.action === 'delete';
    if (disk === undefined || view.pool === undefined || (volumeOfOurs(view) !== undefined && !isDeleted)) return;
    if (isMaking(decision.action)) return; // that is promised as long as it has a record
    const { record, place } = disk;
    const { storage, room } = pools.named(view.pool);
    const isErasedSoon = (isDeleted || place === 'trash') && record?.retention === undefined;
    if (record === undefined || isErasedSoon) room.release(key);
    else if (storage.hasRecord(key) === false) return;
    else if (view.waits) room.hold(key, promisedBytes(record));
    else room.keep(key, promisedBytes(record));
  }

  /** A copy that is whole is remembered as long as that proves that nobody can have used it. */
  #endCopy({ key, decision, outcome }: Look<VolumeView, Decision>): void {
    const { copies } = this.#options;
    if (decision === undefined) return;
    const goesOn = decision.action === 'clone' && outcome.result === 'waiting';
    if (!goesOn && (outcome.result === 'done' || !copies.isUnregistered(key))) copies.forget(key);
  }

  /** Remembers what the look found. @returns the findings that are news */
  #note({ key, view, decision, outcome }: Look<VolumeView, Decision>): News {
    const { notes, onKeptChange } = this.#options;
    const news: News = { hasVolume: false, isLost: false, isFound: false, isTroubled: false, isMended: false };
    if (outcome.result !== 'failed') notes.set(key, { isUnlabelled: undefined });
    if (decision === undefined) return news;
    if (outcome.result === 'done') news.hasVolume = this.#isVolumeNews(decision, view);
    const wasLost = notes.isLost(key);
    news.isLost = notes.noteLoss(key, decision.action === 'reportLoss' ? decision.reason : undefined);
    news.isFound = wasLost && decision.action !== 'reportLoss' && view?.volume?.phase === 'Bound';
    const cluster = decision.reason === 'AnotherCluster' && view !== undefined ? recordOf(view)?.cluster : undefined;
    const kept = decision.action === 'keep' ? { reason: decision.reason, cluster } : undefined;
    if (notes.setKept(key, kept)) onKeptChange();
    if (view !== undefined && isAboutClaim(view)) return news; // each refusal of a claim is an Event
    const trouble = troubleOf(decision, outcome, view);
    if (trouble !== undefined) news.isTroubled = notes.noteTrouble(key, trouble);
    else if (outcome.result !== 'failed') news.isMended = notes.endTrouble(key);
    return news;
  }

  /** A new volume is always news. A volume that was found is news only for a claim that waits and got no Event for it. */
  #isVolumeNews({ action }: Decision, view: VolumeView | undefined): boolean {
    if (view === undefined || (!isMaking(action) && action !== 'confirm')) return false;
    const { notes, waiting } = this.#options;
    const waits = waiting(view.name) !== undefined;
    const isNews = isMaking(action) || (waits && !notes.hasToldProvisioned(view.name));
    if (waits) notes.tellProvisioned(view.name);
    return isNews;
  }
}

/** Whether the action makes a volume. */
export const isMaking = (action: Decision['action'] | undefined): boolean =>
  action === 'provision' || action === 'clone';

/** The trouble that somebody has to repair. A failure is none, because it is retried. */
function troubleOf(decision: Decision, outcome: Outcome, view: VolumeView | undefined): string | undefined {
  if (outcome.result === 'refused') return `${outcome.reason}: ${outcome.message}`;
  return decision.action === 'cannotGrow' ? refusedGrowth(decision, view?.livingClaim) : undefined;
}
