import { once } from 'node:events';
import type { Json } from '../support/api.ts';

interface Waiting {
  resolve(result: Json): void;
  reject(error: Error): void;
}

interface Message {
  id?: number;
  sessionId?: string;
  method?: string;
  params?: Json;
  result?: Json;
  error?: { message: string };
}

type Listener = (params: Json) => void;

/** Sends commands of the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). */
export interface Session {
  /** @throws {Error} with what Chromium answers */
  send(method: string, params?: Json): Promise<Json>;
  on(event: string, listener: Listener): void;
}

/** A connection to Chromium. */
export class DevTools implements Session {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, Listener[]>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has closed the connection'));
    });
  }

  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address);
    await once(socket, 'open');
    return new DevTools(socket);
  }

  send(method: string, params: Json = {}): Promise<Json> {
    return this.#send({ method, params });
  }

  on(event: string, listener: Listener): void {
    this.#on(`/${event}`, listener);
  }

  /** The part of the connection that concerns one tab. */
  session(sessionId: string): Session {
    return {
      send: (method, params = {}) => this.#send({ sessionId, method, params }),
      on: (event, listener) => this.#on(`${sessionId}/${event}`, listener),
    };
  }

  #send(message: Message): Promise<Json> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    this.#waiting.set(id, { resolve, reject });
    this.#socket.send(JSON.stringify({ id, ...message }));
    return promise;
  }

  #on(key: string, listener: Listener): void {
    this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener]);
  }

  #receive({ id, sessionId = '', method, params, result, error }: Message): void {
    if (id === undefined) {
      for (const listener of this.#listeners.get(`${sessionId}/${method}`) ?? []) listener(params);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
