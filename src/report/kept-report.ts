import { isDeepStrictEqual } from 'node:util';
import type { Notes } from '../volume/notes.ts';
import type { ClusterReport, KeptGroup } from './cluster-report.ts';

/** A scan finds kept directories one after another. They are reported together, this long after the last one, in milliseconds. */
const tellAfterMs = 1_000;

/** Reports once after each change which directories are kept although no volume of this cluster stands for them. */
export class KeptReport {
  readonly #report: Pick<ClusterReport, 'kept'>;
  readonly #notes: Pick<Notes, 'kept'>;
  readonly #basePathOf: (volume: string) => string;
  #told: KeptGroup[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** @param basePathOf path of the base directory that has a record of the volume */
  constructor(report: Pick<ClusterReport, 'kept'>, notes: Pick<Notes, 'kept'>, basePathOf: (volume: string) => string) {
    this.#report = report;
    this.#notes = notes;
    this.#basePathOf = basePathOf;
  }

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
    this.#report.kept(groups);
  }

  #groups(): KeptGroup[] {
    const groups = new Map<string, KeptGroup>();
    for (const [example, { reason, cluster }] of [...this.#notes.kept()].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const basePath = this.#basePathOf(example);
      const key = `${reason} ${cluster} ${basePath}`;
      const group = groups.get(key) ?? { reason, cluster, basePath, count: 0, example };
      groups.set(key, { ...group, count: group.count + 1 });
    }
    return [...groups.values()];
  }
}
