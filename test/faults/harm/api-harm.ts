import type { Lives } from '../daemon/lives.ts';
import { type Fault, type FaultKind, type Point, pointText } from '../fault.ts';
import { answers } from '../proxy/answers.ts';
import type { RequestFault, WatchEvent, WatchFault } from '../proxy/faults.ts';
import type { ProxiedRequest } from '../proxy/proxied-request.ts';

/** A slow answer takes so long, in milliseconds: longer than the daemon needs to begin with something else. */
const slowMs = 1_500;

/** What the daemon cannot notice within a run, or only after a long time of its own: it is restarted then. */
const lastingHarms = new Set(['hang', 'stall', 'bookmarkOnly', 'skipUntilNext', 'reorder']);

/** After these, the volume may come to be or not. */
const leavesInDoubt = new Set(['drop', 'loseAnswer', '500', '503']);

/** Does the harm of a run's faults to requests and watch events, and counts both, life by life. */
export class ApiHarm {
  readonly #faults: readonly Fault[];
  readonly #lives: Lives;
  readonly #counts = new Map<string, number>();
  readonly #hit = new Set<Fault>();
  #over = false;
  #lastingSinceMs: number | undefined;
  #inDoubtSinceMs: number | undefined;

  constructor(faults: readonly Fault[], lives: Lives) {
    this.#faults = faults.filter(({ kind }) => kind === 'api' || kind === 'watch');
    this.#lives = lives;
  }

  /** Points that were passed, in the order in which each label first appeared. */
  get points(): Point[] {
    return [...this.#counts].flatMap(([key, count]) => {
      const [life, kind, label] = JSON.parse(key) as [number, FaultKind, string];
      return Array.from({ length: count }, (_, index) => ({ life, kind, label, nth: index + 1 }));
    });
  }

  get hit(): readonly Fault[] {
    return [...this.#hit];
  }

  /** How long the present life has been under harm that it need not get over without a restart, in milliseconds. */
  get lastingForMs(): number {
    return this.#lastingSinceMs === undefined ? 0 : performance.now() - this.#lastingSinceMs;
  }

  /**
   * How long ago the present life was last left in doubt whether it has made a volume, in milliseconds. It looks again soon,
   * but takes nothing back for a minute.
   */
  get inDoubtForMs(): number {
    return this.#inDoubtSinceMs === undefined ? 0 : performance.now() - this.#inDoubtSinceMs;
  }

  /** The life is over, and with it the harm to its connections. */
  newLife(): void {
    this.#lastingSinceMs = undefined;
    this.#inDoubtSinceMs = undefined;
  }

  /** From now on everything passes. */
  end(): void {
    this.#over = true;
  }

  onRequest(request: ProxiedRequest): RequestFault {
    const fault = this.#take('api', request.label);
    if (fault === undefined) return { do: 'pass' };
    switch (fault.harm) {
      case 'before':
        return { do: 'insteadRun', run: () => this.#lives.kill() };
      case 'after':
        return { do: 'deliverThen', run: () => this.#lives.kill() };
      case 'drop':
      case 'loseAnswer':
      case 'hang':
        return { do: fault.harm };
      case 'slow':
        return { do: 'slowAnswer', ms: slowMs };
      default:
        return answerOf(fault);
    }
  }

  onWatchEvent({ request }: WatchEvent): WatchFault {
    const fault = this.#take('watch', request.resource);
    if (fault === undefined) return { do: 'pass' };
    switch (fault.harm) {
      case 'cutWithinLine':
      case 'stall':
      case 'expire':
      case 'bookmarkOnly':
      case 'skipUntilNext':
      case 'reorder':
        return { do: fault.harm };
      default:
        throw new Error(`${pointText(fault)}: a watch event cannot have the harm "${fault.harm}"`);
    }
  }

  #take(kind: FaultKind, label: string): Fault | undefined {
    const life = this.#lives.count;
    const key = JSON.stringify([life, kind, label]);
    const nth = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, nth);
    if (this.#over) return undefined;
    const fault = this.#faults.find(
      (one) => one.life === life && one.kind === kind && one.label === label && one.nth === nth,
    );
    if (fault === undefined) return undefined;
    this.#hit.add(fault);
    if (lastingHarms.has(fault.harm)) this.#lastingSinceMs ??= performance.now();
    if (label === 'POST persistentvolumes' && leavesInDoubt.has(fault.harm)) this.#inDoubtSinceMs = performance.now();
    return fault;
  }
}

const answersByName: Record<string, () => RequestFault> = {
  401: answers.unauthorized,
  403: answers.forbidden,
  409: answers.conflict,
  410: expired,
  422: answers.invalid,
  429: () => answers.tooManyRequests(1),
  500: answers.internalErrorWithHtml,
  503: () => answers.unavailable(),
};

function expired(): RequestFault {
  const message = 'too old resource version';
  return {
    do: 'answer',
    status: 410,
    body: { kind: 'Status', status: 'Failure', reason: 'Expired', message, code: 410 },
  };
}

function answerOf(fault: Fault): RequestFault {
  const answer = answersByName[fault.harm];
  if (answer === undefined) throw new Error(`${pointText(fault)}: a request cannot have the harm "${fault.harm}"`);
  return answer();
}
