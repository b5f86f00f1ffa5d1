/** The end of a process, as far as a flow can tell: none of its own errors. */
export class Crash extends Error {}

/** Counts the calls that change something, and crashes at one of them: before it takes effect, or right after. */
export class CrashPlan {
  readonly #at: number;
  readonly #side: 'before' | 'after';
  calls = 0;

  constructor(at: number, side: 'before' | 'after') {
    this.#at = at;
    this.#side = side;
  }

  /** The same object, but for the named calls, which crash when their turn has come. */
  over<Target extends object>(target: Target, ...names: (keyof Target & string)[]): Target {
    return new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const call = member.bind(target);
        return names.includes(name as keyof Target & string) ? this.#crashing(call) : call;
      },
    });
  }

  #crashing(call: (...args: unknown[]) => Promise<unknown>) {
    return async (...args: unknown[]): Promise<unknown> => {
      const mine = this.calls === this.#at;
      this.calls += 1;
      if (mine && this.#side === 'before') throw new Crash();
      const answer = await call(...args);
      if (mine) throw new Crash();
      return answer;
    };
  }
}
