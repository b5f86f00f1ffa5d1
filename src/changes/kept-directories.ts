import { isDeepStrictEqual } from 'node:util';
import type { KeptReason } from '../model/whose.ts';
import type { ClusterRecorder, KeptGroup } from '../report/cluster-report.ts';

/** A look finds them one after the other: they are told of together, this long after the last one, in milliseconds. */
const tellAfterMs = 1_000;

interface Kept {
  reason: KeptReason;
  /** The cluster that it is of, if it is another one. */
  cluster: string | undefined;
}

/** The directories that are kept although no volume of this cluster stands for them. What changes is told once. */
export class KeptDirectories {
  readonly #recorder: Pick<ClusterRecorder, 'kept'>;
  readonly #kept = new Map<string, Kept>();
  #told: KeptGroup[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(recorder: Pick<ClusterRecorder, 'kept'>) {
    this.#recorder = recorder;
  }

  /** How many there are, by reason. */
  counts(): Map<KeptReason, number> {
    const counts = new Map<KeptReason, number>();
    for (const { reason } of this.#kept.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return counts;
  }

  note(volume: string, kept: Kept): void {
    this.#kept.set(volume, kept);
    this.#tellSoon();
  }

  forget(volume: string): void {
    if (this.#kept.delete(volume)) this.#tellSoon();
  }

  /** Forgets those that are not there any more, such as one that was restored. */
  keepOnly(isThere: (volume: string) => boolean): void {
    for (const volume of [...this.#kept.keys()]) if (!isThere(volume)) this.forget(volume);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #tellSoon(): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.#tell(), tellAfterMs);
  }

  #tell(): void {
    const groups = this.#groups();
    if (isDeepStrictEqual(groups, this.#told)) return;
    this.#told = groups;
    this.#recorder.kept(groups);
  }

  #groups(): KeptGroup[] {
    const groups = new Map<string, KeptGroup>();
    for (const [example, { reason, cluster }] of [...this.#kept].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const key = `${reason} ${cluster}`;
      const group = groups.get(key) ?? { reason, cluster, count: 0, example };
      groups.set(key, { ...group, count: group.count + 1 });
    }
    return [...groups.values()];
  }
}
