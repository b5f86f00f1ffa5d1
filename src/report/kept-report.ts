import { isDeepStrictEqual } from 'node:util';
import type { Notes } from '../volume/notes.ts';
import type { ClusterReport, KeptGroup } from './cluster-report.ts';

/** A scan finds kept directories one after the other: they are told together, this long after the last one, in milliseconds. */
const tellAfterMs = 1_000;

/** Tells which directories are kept although no volume of this cluster stands for them. What changes is told once. */
export class KeptReport {
  readonly #recorder: Pick<ClusterReport, 'kept'>;
  readonly #notes: Pick<Notes, 'kept'>;
  #told: KeptGroup[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(recorder: Pick<ClusterReport, 'kept'>, notes: Pick<Notes, 'kept'>) {
    this.#recorder = recorder;
    this.#notes = notes;
  }

  /** The notes of kept directories have changed. */
  changed(): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.#tell(), tellAfterMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #tell(): void {
    const groups = this.#groups();
    if (isDeepStrictEqual(groups, this.#told)) return;
    this.#told = groups;
    this.#recorder.kept(groups);
  }

  #groups(): KeptGroup[] {
    const groups = new Map<string, KeptGroup>();
    for (const [example, { reason, cluster }] of [...this.#notes.kept()].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const key = `${reason} ${cluster}`;
      const group = groups.get(key) ?? { reason, cluster, count: 0, example };
      groups.set(key, { ...group, count: group.count + 1 });
    }
    return [...groups.values()];
  }
}
