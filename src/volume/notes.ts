import type { KeptReason } from '../model/whose.ts';

/** How long an API server may go on with a call that it has not answered, in milliseconds: its default --request-timeout. */
const longestRequestMs = 60_000;

/** A shortage of space counts for this time after the last try, in milliseconds. The claim is tried again sooner. */
const shortageCountsForMs = 120_000;

/** Waits before a claim's node is given back again, in milliseconds: else scheduler and daemon would chase each other. */
const giveBackWaitsMs = [0, 30_000, 60_000, 120_000, 300_000];

/** After this time, in milliseconds, the next give-back counts as the first again. */
const giveBackForgottenAfterMs = 600_000;

/** After this time, in milliseconds, another Event says that a directory is lost: Events expire. */
export const tellLossAgainMs = 600_000;

/** Binding a claim to its volume takes no longer than this, in milliseconds. */
const toldProvisionedForMs = 3_600_000;

/** Why a directory is kept that no volume of this cluster stands for. */
export interface Kept {
  reason: KeptReason;
  /** The cluster that the directory belongs to, if it is another one. */
  cluster: string | undefined;
}

interface Shortage {
  message: string;
  atMs: number;
}

/** The memory of one volume. All times are of `performance.now`. */
interface Note {
  /** Until then, an unanswered creation may still make the volume. */
  inDoubtUntilMs?: number;
  /** Since then, only the journal knows the directory. */
  abandonedSinceMs?: number;
  /** Since then, the claim that is to be copied was found without a bound volume. */
  sourcePendingSinceMs?: number;
  /** How often the claim's selected node was given back, and when last. */
  givenBack?: { count: number; lastMs: number };
  /** What the disk of a pool lacked at the last try there, by pool. */
  shortages?: ReadonlyMap<string, Shortage>;
  /** Why the directory of the volume in use is missing, and when an Event last said so. */
  lost?: { reason: string; toldAtMs: number };
  kept?: Kept;
  /** What the last Event about this volume said, while its trouble lasts. */
  toldTrouble?: string;
  /** When an Event said that the claim has its volume. */
  toldProvisionedAtMs?: number;
  /** A list of all volumes showed it. No watch shows it, because it lacks our label. */
  isUnlabelled?: true;
  /** UID of the volume object that the daemon is deleting: the daemon ignores the watch events that this causes. */
  deletingUid?: string;
}

type Facts = { [Name in keyof Note]: Note[Name] | undefined };

/** The memory of volumes between two looks, by name. A restart forgets it, and no data depends on it. */
export class Notes {
  readonly #byVolume = new Map<string, Note>();

  /** Adds facts, or removes those that are given as undefined. */
  set(volume: string, facts: Facts): void {
    const note: Facts = { ...this.#byVolume.get(volume), ...facts };
    for (const name of Object.keys(facts) as (keyof Note)[]) if (note[name] === undefined) delete note[name];
    if (Object.keys(note).length > 0) this.#byVolume.set(volume, note as Note);
    else this.#byVolume.delete(volume);
  }

  /** The API server did not answer the creation of the volume. For a minute, its absence proves nothing. */
  doubt(volume: string): void {
    this.set(volume, { inDoubtUntilMs: performance.now() + longestRequestMs });
  }

  /** How long a volume may still come into being, in milliseconds; 0 when none can. */
  inDoubtForMs(volume: string): number {
    return Math.max(0, (this.#of(volume).inDoubtUntilMs ?? 0) - performance.now());
  }

  /** Only the journal knows the directory. @returns since how many milliseconds; 0 at the first call */
  abandonedForMs(volume: string): number {
    const { abandonedSinceMs = performance.now() } = this.#of(volume);
    this.set(volume, { abandonedSinceMs });
    return performance.now() - abandonedSinceMs;
  }

  /** The claim that is to be copied has no bound volume. @returns since how many milliseconds; 0 at the first call */
  sourcePendingForMs(volume: string): number {
    const { sourcePendingSinceMs = performance.now() } = this.#of(volume);
    this.set(volume, { sourcePendingSinceMs });
    return performance.now() - sourcePendingSinceMs;
  }

  giveBack(volume: string): void {
    const { givenBack } = this.#of(volume);
    const before = givenBack === undefined || isForgotten(givenBack) ? 0 : givenBack.count;
    this.set(volume, { givenBack: { count: before + 1, lastMs: performance.now() }, shortages: undefined });
  }

  /** Wait before the claim's node may be given back, in milliseconds. */
  giveBackWaitMs(volume: string): number {
    const { givenBack } = this.#of(volume);
    if (givenBack === undefined || isForgotten(givenBack)) return 0;
    const waitMs = giveBackWaitsMs[Math.min(givenBack.count, giveBackWaitsMs.length - 1)] ?? 0;
    return Math.max(0, givenBack.lastMs + waitMs - performance.now());
  }

  /** @param message what the pool's disk lacks, in words for the user */
  noteShortage(volume: string, pool: string, message: string): void {
    const shortages = new Map(this.#of(volume).shortages).set(pool, { message, atMs: performance.now() });
    this.set(volume, { shortages });
  }

  /** The directory is made. */
  endShortage(volume: string): void {
    this.set(volume, { shortages: undefined });
  }

  shortageOf(volume: string, pool: string): string | undefined {
    const shortage = this.#of(volume).shortages?.get(pool);
    return shortage === undefined || isOver(shortage) ? undefined : shortage.message;
  }

  isLost(volume: string): boolean {
    return this.#of(volume).lost !== undefined;
  }

  /**
   * @param reason why the directory of the volume in use is missing; undefined when it is in its place
   * @returns whether an Event has to say so: the loss is new, has another reason, or the last Event is old
   */
  noteLoss(volume: string, reason: string | undefined): boolean {
    const known = this.#of(volume).lost;
    const now = performance.now();
    if (reason === undefined) {
      if (known !== undefined) this.set(volume, { lost: undefined });
      return false;
    }
    if (known?.reason === reason && now - known.toldAtMs < tellLossAgainMs) return false;
    this.set(volume, { lost: { reason, toldAtMs: now } });
    return true;
  }

  /** Names of the volumes in use whose directory was missing at the last look. */
  *lost(): Generator<string> {
    for (const [volume, { lost }] of this.#byVolume) if (lost !== undefined) yield volume;
  }

  /** How many volumes in use have lost their directory, by reason. */
  countLost(): Map<string, number> {
    return countBy(this.#byVolume.values(), ({ lost }) => lost?.reason);
  }

  /** @returns whether this is a change */
  setKept(volume: string, kept: Kept | undefined): boolean {
    const before = this.#of(volume).kept;
    if (before?.reason === kept?.reason && before?.cluster === kept?.cluster) return false;
    this.set(volume, { kept });
    return true;
  }

  /** The kept directories by the name of their volume. */
  *kept(): Generator<[volume: string, kept: Kept]> {
    for (const [volume, { kept }] of this.#byVolume) if (kept !== undefined) yield [volume, kept];
  }

  /** How many directories are kept, by reason. */
  countKept(): Map<KeptReason, number> {
    return countBy(this.#byVolume.values(), ({ kept }) => kept?.reason);
  }

  /** @returns whether the last Event said something else */
  noteTrouble(volume: string, text: string): boolean {
    if (this.hasToldTrouble(volume, text)) return false;
    this.set(volume, { toldTrouble: text });
    return true;
  }

  hasToldTrouble(volume: string, text: string): boolean {
    return this.#of(volume).toldTrouble === text;
  }

  /** @returns whether the last Event was about trouble */
  endTrouble(volume: string): boolean {
    const was = this.#of(volume).toldTrouble !== undefined;
    if (was) this.set(volume, { toldTrouble: undefined });
    return was;
  }

  hasToldProvisioned(volume: string): boolean {
    return this.#of(volume).toldProvisionedAtMs !== undefined;
  }

  tellProvisioned(volume: string): void {
    this.set(volume, { toldProvisionedAtMs: performance.now() });
  }

  isUnlabelled(volume: string): boolean {
    return this.#of(volume).isUnlabelled === true;
  }

  isDeleting(volume: string, uid: string): boolean {
    return this.#of(volume).deletingUid === uid;
  }

  /**
   * Forgets what no longer counts, also of volumes that vanished between two looks.
   * @param isThere whether the journal, the cluster or a waiting claim knows the volume
   * @param isLeftover whether only the journal knows the volume
   * @returns whether the kept directories have changed
   */
  prune(isThere: (volume: string) => boolean, isLeftover: (volume: string) => boolean): boolean {
    let keptChanged = false;
    for (const [volume, { inDoubtUntilMs = 0, givenBack, shortages, toldProvisionedAtMs, kept }] of this.#byVolume) {
      const now = performance.now();
      const over: Facts = {};
      if (inDoubtUntilMs <= now) over.inDoubtUntilMs = undefined;
      if (givenBack !== undefined && isForgotten(givenBack)) over.givenBack = undefined;
      if (shortages !== undefined && [...shortages.values()].every(isOver)) over.shortages = undefined;
      if (toldProvisionedAtMs !== undefined && now - toldProvisionedAtMs >= toldProvisionedForMs) {
        over.toldProvisionedAtMs = undefined;
      }
      if (!isThere(volume)) Object.assign(over, goneWithVolume);
      if (!isLeftover(volume)) Object.assign(over, { abandonedSinceMs: undefined, kept: undefined });
      keptChanged ||= kept !== undefined && !isLeftover(volume);
      this.set(volume, over);
    }
    return keptChanged;
  }

  #of(volume: string): Note {
    return this.#byVolume.get(volume) ?? {};
  }
}

/** What counts only while there is something of the volume. */
const goneWithVolume: Facts = {
  sourcePendingSinceMs: undefined,
  lost: undefined,
  toldTrouble: undefined,
  deletingUid: undefined,
};

const isForgotten = ({ lastMs }: { lastMs: number }): boolean => performance.now() - lastMs >= giveBackForgottenAfterMs;

const isOver = ({ atMs }: Shortage): boolean => performance.now() - atMs >= shortageCountsForMs;

function countBy<Reason extends string>(
  notes: Iterable<Note>,
  reasonOf: (note: Note) => Reason | undefined,
): Map<Reason, number> {
  const counts = new Map<Reason, number>();
  for (const note of notes) {
    const reason = reasonOf(note);
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}
