import type { CloneProgress, Cloning } from '../disk/port.ts';
import type { CloneSource } from './view.ts';

/** A user is told how far a copy is each time that this has passed, in milliseconds. */
const tellEveryMs = 30_000;

/** Waits before the next look at a copy, in milliseconds: the longer it takes, the longer. */
const soonestLookMs = 100;
const latestLookMs = 1_000;

/** The latest next look at a copy that waits for others, in milliseconds. */
const latestLookAtWaitingMs = 5_000;

/** A copy for one volume. All times are of `performance.now`. */
interface Copy {
  /** As it was when the copy was begun. */
  source: CloneSource | undefined;
  startedAtMs: number;
  toldAtMs: number;
  progress: CloneProgress;
  skipped: number;
  /** Whether it has the volume's name. */
  isWhole: boolean;
  /** Whether the API server was asked for its volume object, and may have made it. */
  mayBeRegistered: boolean;
}

/** What a look found of a copy. */
export interface CopyNews {
  state: 'begun' | 'goesOn' | 'whole';
  /** Whether the user has to be told how far it is. */
  isDue: boolean;
  progress: CloneProgress;
  /** Copied since the last look, in bytes. */
  newBytes: number;
  skipped: number;
  /** Since it was begun, in milliseconds. */
  durationMs: number;
}

/** The copies that this process makes, by the names of the volumes that they are for. A restart begins them anew. */
export class Copies {
  readonly #copies = new Map<string, Copy>();

  /** The claim that is being copied: once that was begun, only the disk can say that it cannot go on. */
  sourceOf(volume: string): CloneSource | undefined {
    return this.#copies.get(volume)?.source;
  }

  /** How many copies are under way or wait for others. */
  get running(): number {
    return [...this.#copies.values()].filter(({ isWhole }) => !isWhole).length;
  }

  /** Whether this process made the whole copy, and it is certain that no volume object of its name ever existed. */
  isUnregistered(volume: string): boolean {
    const copy = this.#copies.get(volume);
    return copy?.isWhole === true && !copy.mayBeRegistered;
  }

  /** Notes how far a copy is. */
  note(volume: string, source: CloneSource | undefined, cloning: Cloning): CopyNews {
    const now = performance.now();
    const known = this.#copies.get(volume);
    const isWhole = cloning.state === 'done';
    // What an earlier process made may be registered.
    const wasMadeEarlier = isWhole && !cloning.isNew && known === undefined;
    const copy: Copy = {
      source: known?.source ?? source,
      startedAtMs: known?.startedAtMs ?? now,
      toldAtMs: known?.toldAtMs ?? now + latestLookMs - tellEveryMs,
      progress: isWhole && !cloning.isNew && known !== undefined ? known.progress : cloning.progress,
      skipped: isWhole && cloning.isNew ? cloning.skipped : (known?.skipped ?? 0),
      isWhole,
      mayBeRegistered: wasMadeEarlier || (known?.mayBeRegistered ?? false),
    };
    const isDue = !isWhole && now - copy.toldAtMs >= tellEveryMs;
    if (isDue) copy.toldAtMs = now;
    this.#copies.set(volume, copy);
    const { progress, skipped, startedAtMs } = copy;
    return {
      state: isWhole ? 'whole' : known === undefined ? 'begun' : 'goesOn',
      isDue,
      progress,
      newBytes: Math.max(0, progress.copiedBytes - (known?.progress.copiedBytes ?? 0)),
      skipped,
      durationMs: now - startedAtMs,
    };
  }

  /** @param may whether the API server may have made the volume object, or may make it still */
  setMayBeRegistered(volume: string, may: boolean): void {
    const copy = this.#copies.get(volume);
    if (copy !== undefined) copy.mayBeRegistered = may;
  }

  forget(volume: string): void {
    this.#copies.delete(volume);
  }
}

/** Wait before the next look at a copy, in milliseconds. */
export function nextLookMs({ durationMs, progress }: CopyNews): number {
  const latestMs = progress.entries === 0 ? latestLookAtWaitingMs : latestLookMs;
  return Math.min(latestMs, Math.max(soonestLookMs, durationMs));
}
