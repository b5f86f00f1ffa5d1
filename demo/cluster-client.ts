import { pino } from 'pino';
import { callApi } from '../src/kube/calls/call.ts';
import { ApiError } from '../src/kube/calls/kube-api.ts';
import { type Connection, openConnection } from '../src/kube/connection/connection.ts';
import { startReflector } from '../src/kube/watch/reflector.ts';
import type { MetadataObject } from '../src/model/kubernetes.ts';
import type { Json } from '../test/support/api.ts';
import { collectionOf } from '../test/support/manifests.ts';

const timeoutMs = 15_000;

/** What the user of a kubeconfig can see and do, whatever way of logging in it names. */
export class ClusterClient {
  readonly #connection: Connection;
  readonly #signal: AbortSignal;

  /** @param signal once aborted, nothing more is created */
  static async open(kubeconfigPath: string, signal: AbortSignal): Promise<ClusterClient> {
    return new ClusterClient(await openConnection({ kubeconfigPath, environment: {} }), signal);
  }

  private constructor(connection: Connection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  get server(): string {
    return this.#connection.server;
  }

  async get(path: string): Promise<Json | undefined> {
    return unlessMissing(this.#call('GET', path));
  }

  async list(path: string): Promise<Json[]> {
    return (await this.#call('GET', path)).items;
  }

  create(object: Json): Promise<Json> {
    this.#signal.throwIfAborted();
    return this.post(collectionOf(object), object);
  }

  /** @returns the object, and whether it is one that was there already */
  async createUnlessThere(object: Json): Promise<{ object: Json; existed: boolean }> {
    try {
      return { object: await this.create(object), existed: false };
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
      return { object: await this.get(`${collectionOf(object)}/${object.metadata.name}`), existed: true };
    }
  }

  post(path: string, body: Json): Promise<Json> {
    return this.#call('POST', path, body);
  }

  async delete(path: string): Promise<void> {
    await unlessMissing(this.#call('DELETE', path));
  }

  /** Calls `onPresent` for every state of every object of a collection that is seen, from now on. */
  async watch(path: string, onPresent: (object: Json) => void): Promise<void> {
    const reflector = startReflector<MetadataObject>({
      connection: this.#connection,
      selection: { path },
      proof: { path },
      handler: { listing() {}, present: onPresent, gone() {}, listed() {} },
      signal: this.#signal,
      log: pino({ level: 'silent' }),
    });
    await reflector.synced;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: Json): Promise<Json> {
    const { object } = await callApi(this.#connection, { deed: `${method} ${path}`, method, path, body, timeoutMs });
    return object;
  }
}

async function unlessMissing(answer: Promise<Json>): Promise<Json | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}
