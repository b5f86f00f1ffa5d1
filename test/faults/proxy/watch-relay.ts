import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { expired } from '../../control-plane/embedded/status-error.ts';
import type { Json } from '../../support/api.ts';
import type { Counter } from './counter.ts';
import { EventGate, type Output } from './event-gate.ts';
import type { FaultHooks } from './faults.ts';
import { Lines } from './lines.ts';
import type { ProxiedRequest } from './proxied-request.ts';

export interface WatchRelayOptions {
  request: ProxiedRequest;
  source: Readable;
  /** Its head has been sent. */
  response: ServerResponse;
  /** Counts events by resource. */
  events: Counter;
  onEvent: () => FaultHooks['onWatchEvent'];
  reset: () => void;
}

/** Passes one watch on, line by line, and does the harm that the hook asks for. */
export class WatchRelay {
  readonly #options: WatchRelayOptions;
  readonly #lines = new Lines();
  readonly #gate = new EventGate();
  #state: 'open' | 'stalled' | 'over' = 'open';

  constructor(options: WatchRelayOptions) {
    this.#options = options;
    const { source, response, reset } = options;
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    source.on('end', () => this.#sourceEnded());
    source.on('error', () => {
      if (this.#state === 'open') reset();
    });
    response.on('close', () => {
      this.#state = 'over';
      source.destroy();
    });
  }

  /** Ends the watch as an API server does whose watches' time is over. */
  end(): void {
    this.#state = 'over';
    this.#options.response.end();
    this.#options.source.destroy();
  }

  #sourceEnded(): void {
    if (this.#state !== 'open') return;
    this.#options.response.write(this.#lines.rest);
    this.end();
  }

  #take(chunk: Buffer): void {
    for (const line of this.#lines.push(chunk)) for (const output of this.#outputsFor(line)) this.#put(output);
  }

  #outputsFor(line: Buffer): Output[] {
    if (!tellsOfObject(line)) return this.#gate.keepsBack ? [] : [{ do: 'send', bytes: line }];
    const { request, events, onEvent } = this.#options;
    const nth = events.next(request.resource);
    if (this.#state !== 'open') return [];
    const hook = onEvent();
    if (hook === undefined && !this.#gate.keepsBack) return [{ do: 'send', bytes: line }];
    const { type, object } = JSON.parse(line.toString());
    const fault = hook?.({ request, type, object, nth }) ?? { do: 'pass' };
    return this.#gate.take({ bytes: line, uid: object.metadata.uid }, fault);
  }

  #put(output: Output): void {
    if (this.#state !== 'open') return;
    const { response, reset } = this.#options;
    switch (output.do) {
      case 'send':
        response.write(output.bytes);
        break;
      case 'bookmark':
        response.write(bookmarkFor(JSON.parse(output.bytes.toString()).object));
        break;
      case 'cut':
        this.#state = 'over';
        response.write(output.bytes.subarray(0, output.bytes.length / 2), reset);
        break;
      case 'expire':
        response.write(`${JSON.stringify({ type: 'ERROR', object: expired('too old resource version').body })}\n`);
        this.end();
        break;
      case 'stall':
        this.#state = 'stalled';
        break;
    }
  }
}

const otherTypes = ['BOOKMARK', 'ERROR'].map((type) => Buffer.from(`{"type":"${type}"`));

/** API servers write the type first, so that lines need not be parsed for this. */
const tellsOfObject = (line: Buffer): boolean => !otherTypes.some((head) => line.subarray(0, head.length).equals(head));

function bookmarkFor({ kind, apiVersion, metadata: { resourceVersion } }: Json): string {
  return `${JSON.stringify({ type: 'BOOKMARK', object: { kind, apiVersion, metadata: { resourceVersion } } })}\n`;
}
