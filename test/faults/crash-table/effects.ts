import { changesNothing } from '../agent/report.ts';
import type { Point } from '../fault.ts';
import type { ProxiedRequest } from '../proxy/proxied-request.ts';
import type { World } from '../world/world.ts';
import { callText, requestText } from './effect-text.ts';
import type { Subject } from './places.ts';

/** Something that the daemon changed, on the disk or at the API server, or was about to change when it was killed. */
export interface Effect {
  text: string;
  /** Where a fault finds it. */
  point: Point;
}

interface Asked {
  request: ProxiedRequest;
  point: Point;
  /** How many lines the agents had reported when it arrived. */
  afterLines: number;
}

/**
 * Calls and requests of a world's daemon in the order in which it made them: an agent reports a call before it is carried
 * out, so whatever was reported when a request arrives came before it. Reads and Events are left out.
 */
export class Effects {
  readonly #world: World;
  readonly #asked: Asked[] = [];

  /** Listens from now on. */
  constructor(world: World) {
    this.#world = world;
    const { hooks } = world.lane.proxy;
    world.lane.proxy.hooks = {
      ...hooks,
      onRequest: async (request) => {
        this.#note(request);
        return (await hooks.onRequest?.(request)) ?? { do: 'pass' };
      },
    };
  }

  ofLife(life: number, subject: Subject): Effect[] {
    const asked = this.#asked.filter(({ point }) => point.life === life);
    const effects: Effect[] = [];
    const takeAskedBefore = (line: number) => {
      while (asked[0] !== undefined && asked[0].afterLines <= line) effects.push(effectOf(asked.shift() as Asked));
    };
    for (const [index, line] of this.#world.lives.report.lines().entries()) {
      takeAskedBefore(index);
      if (line.life !== life || line.event !== 'begin' || changesNothing(line)) continue;
      const { kind, label, nth } = line;
      effects.push({ text: callText(line, subject), point: { life, kind, label, nth } });
    }
    takeAskedBefore(Number.POSITIVE_INFINITY);
    return effects;
  }

  #note(request: ProxiedRequest): void {
    if (request.kind !== 'write' || request.resource === 'events') return;
    const { lives } = this.#world;
    const { label } = request;
    const life = lives.count;
    const nth = 1 + this.#asked.filter(({ point }) => point.life === life && point.label === label).length;
    const afterLines = lives.report.lines().length;
    this.#asked.push({ request, point: { life, kind: 'api', label, nth }, afterLines });
  }
}

const effectOf = ({ request, point }: Asked): Effect => ({ text: requestText(request), point });
