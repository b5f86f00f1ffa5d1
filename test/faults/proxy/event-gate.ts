import type { WatchFault } from './faults.ts';

/** One event of a watch: its line with the newline, and what is known of its object if that was read. */
export interface EventLine {
  bytes: Buffer;
  uid: string | undefined;
}

/** What is to be done next on the connection of a watch. */
export type Output =
  | { do: 'send'; bytes: Buffer }
  /** Half of these, then a reset. */
  | { do: 'cut'; bytes: Buffer }
  /** A bookmark with the resourceVersion of this event. */
  | { do: 'bookmark'; bytes: Buffer }
  | { do: 'expire' }
  | { do: 'stall' };

/** Decides which events of one watch go out, in which order, and what instead of them. */
export class EventGate {
  #held: Output[] | undefined;
  /** Objects of which an event was skipped and no later one has come. */
  readonly #skipped = new Set<string | undefined>();
  /** Goes out after the next event. */
  #overtaken: EventLine | undefined;

  /** Whether the daemon does not know of an event that it would know of without faults. */
  get keepsBack(): boolean {
    return this.#held !== undefined || this.#skipped.size > 0 || this.#overtaken !== undefined;
  }

  take(event: EventLine, fault: WatchFault): Output[] {
    this.#skipped.delete(event.uid);
    const outputs = this.#outputsFor(event, fault);
    if (fault.do === 'hold') this.#held ??= [];
    if (this.#held === undefined) return outputs;
    this.#held.push(...outputs);
    return fault.do === 'release' ? this.#release() : [];
  }

  #outputsFor(event: EventLine, fault: WatchFault): Output[] {
    if (fault.do === 'skipUntilNext') {
      this.#skipped.add(event.uid);
      return [];
    }
    if (fault.do === 'reorder' && this.#overtaken === undefined) {
      this.#overtaken = event;
      return [];
    }
    const overtaken = this.#overtaken === undefined ? [] : [send(this.#overtaken)];
    this.#overtaken = undefined;
    return [harmed(event, fault), ...overtaken];
  }

  #release(): Output[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    return held;
  }
}

const send = ({ bytes }: EventLine): Output => ({ do: 'send', bytes });

function harmed(event: EventLine, fault: WatchFault): Output {
  switch (fault.do) {
    case 'cutWithinLine':
      return { do: 'cut', bytes: event.bytes };
    case 'bookmarkOnly':
      return { do: 'bookmark', bytes: event.bytes };
    case 'expire':
    case 'stall':
      return { do: fault.do };
    default:
      return send(event);
  }
}
