/** Times what is done, in two kinds: builds take what the machine takes, and the walk is to be short. */
export class Stopwatch {
  readonly #laps: { what: string; isBuild: boolean; ms: number }[] = [];

  build<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    return this.#time(what, true, work);
  }

  step<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    return this.#time(what, false, work);
  }

  /** Of what was timed under this name. */
  msOf(what: string): number {
    const lap = this.#laps.find((each) => each.what === what);
    if (lap === undefined) throw new Error(`nothing was timed as ${what}`);
    return lap.ms;
  }

  /** Of all steps that were no builds. */
  get walkMs(): number {
    return this.#laps.filter(({ isBuild }) => !isBuild).reduce((sum, { ms }) => sum + ms, 0);
  }

  table(): string {
    const lines = this.#laps.map(
      ({ what, isBuild, ms }) => `${seconds(ms)}  ${isBuild ? '(build) ' : ''}${what.split('\n')[0]}`,
    );
    return [...lines, `${seconds(this.walkMs)}  in all, without the builds`].join('\n');
  }

  async #time<Result>(what: string, isBuild: boolean, work: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#laps.push({ what, isBuild, ms: performance.now() - startedAt });
    }
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1).padStart(7)} s`;
