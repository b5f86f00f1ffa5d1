import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { AnswerFacts, RequestFault } from './faults.ts';
import type { HistoryEntry } from './history.ts';
import { type ProxiedRequest, readJson } from './proxied-request.ts';
import { endToEnd } from './upstream.ts';

/** An answer as it goes to the daemon. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** All of it, or the stream of a watch. */
  body: Buffer | Readable;
}

export interface ExchangeOptions {
  entry: HistoryEntry;
  response: ServerResponse;
  /** Has the API server carry the request out. Rejects when the API server breaks off. */
  deliver: () => Promise<Answer>;
  /** Passes a watch on, once its head has been sent. */
  relay: (source: Readable) => void;
  /** The daemon's connection below TLS; undefined when it is gone already. */
  connection: Socket | undefined;
  onAnswered: (answer: AnswerFacts | 'dropped') => void;
  /** The end of the proxy. */
  signal: AbortSignal;
}

/** One request and what becomes of it. */
export class Exchange {
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  async carryOut(fault: RequestFault): Promise<void> {
    const { signal } = this.#options;
    switch (fault.do) {
      case 'pass':
        return this.#passOn();
      case 'drop':
        return this.#reset();
      case 'loseAnswer':
        await this.#deliver();
        return this.#reset();
      case 'deliverThen':
        return this.#passOn(async (answer) => {
          await fault.run(factsOf(this.#request, answer));
          await nextTurn(); // the end of a connection that `run` has brought about comes in
        });
      case 'insteadRun':
        await fault.run();
        return this.#reset();
      case 'answer':
        return this.#send(madeAnswer(fault));
      case 'delay':
        await sleep(fault.ms, undefined, { signal });
        return this.#passOn();
      case 'slowAnswer':
        return this.#passOn(() => sleep(fault.ms, undefined, { signal }));
      case 'hang':
        return this.#hang();
    }
  }

  get #request(): ProxiedRequest {
    return this.#options.entry.request;
  }

  async #passOn(beforeAnswer?: (answer: Answer) => Promise<void>): Promise<void> {
    const answer = await this.#deliver();
    if (answer === undefined) return this.#reset();
    await beforeAnswer?.(answer);
    this.#send(answer);
  }

  /** Undefined when the API server breaks off, which the entry tells. */
  async #deliver(): Promise<Answer | undefined> {
    const { entry, deliver } = this.#options;
    try {
      const answer = await deliver();
      if (entry.delivered) entry.upstream = factsOf(entry.request, answer);
      return answer;
    } catch (error) {
      entry.failure = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  #send(answer: Answer): void {
    const { response, relay } = this.#options;
    const { status, headers, body } = answer;
    if (this.#isGone) {
      if (body instanceof Readable) body.destroy();
      this.#reset();
      return;
    }
    const told = factsOf(this.#request, answer);
    this.#options.entry.answered = told;
    if (body instanceof Readable) {
      response.writeHead(status, endToEnd(headers)).flushHeaders();
      relay(body);
    } else response.writeHead(status, { ...endToEnd(headers), 'content-length': body.length }).end(body);
    this.#options.onAnswered(told);
  }

  /** Whether the daemon has ended the connection, or somebody for it. */
  get #isGone(): boolean {
    const { connection, response } = this.#options;
    return connection === undefined || connection.destroyed || !response.socket?.writable;
  }

  #reset(): void {
    this.#options.connection?.resetAndDestroy();
    this.#dropped();
  }

  async #hang(): Promise<void> {
    const { response } = this.#options;
    if (!this.#isGone) await new Promise((resolve) => response.once('close', resolve));
    this.#dropped();
  }

  #dropped(): void {
    this.#options.entry.answered = 'dropped';
    this.#options.onAnswered('dropped');
  }
}

function factsOf({ kind }: ProxiedRequest, { status, body }: Answer): AnswerFacts {
  const isKept = body instanceof Buffer && !(kind === 'list' && status === 200);
  return { status, body: isKept ? readJson(body) : undefined };
}

function madeAnswer({ status, headers, body }: Extract<RequestFault, { do: 'answer' }>): Answer {
  const isText = typeof body === 'string';
  const contentType = isText ? 'text/plain; charset=utf-8' : 'application/json';
  return {
    status,
    headers: { 'content-type': contentType, ...headers },
    body: Buffer.from(isText ? body : JSON.stringify(body)),
  };
}
