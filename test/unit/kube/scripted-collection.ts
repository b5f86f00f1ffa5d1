import type { ServerResponse } from 'node:http';
import type { ChangeHandler } from '../../../src/kube/watch/change-handler.ts';
import type { MetadataObject } from '../../../src/model/kubernetes.ts';
import { json, part, type Reply, reset, type ScriptedRequest, status } from '../../support/scripted-server.ts';

/** Names of objects and their versions: the state of the world, or what somebody believes it is. */
export type World = Record<string, string | undefined>;

/**
 * Objects that can be listed in pages and watched from any version since the beginning, as an API server does it, but for
 * the faults that a test puts in the way.
 */
export class ScriptedCollection {
  /** Done instead of answering the next lists or watches, in turn; undefined answers one. */
  readonly listFaults: (Reply | undefined)[] = [];
  readonly watchFaults: (Reply | undefined)[] = [];
  /** Done instead of answering any watch; undefined answers them. */
  streams: Reply | undefined;
  /** Done instead of telling of the one object that proves that watches deliver. */
  proofAnswer: Reply | undefined;
  /** How often the version alone was asked for. */
  versionLooks = 0;
  readonly lists: ScriptedRequest[] = [];
  readonly watches: ScriptedRequest[] = [];
  readonly #objects = new Map<string, MetadataObject>();
  readonly #changes: { version: number; line: string }[] = [];
  readonly #watchers = new Set<ServerResponse>();
  #version = 100;

  /** @param noteLength of an annotation, in characters */
  put(name: string, noteLength?: number): this {
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED';
    const annotations = noteLength === undefined ? {} : { annotations: { note: 'x'.repeat(noteLength) } };
    this.#objects.set(name, { metadata: { name, resourceVersion: this.#next(), ...annotations } });
    this.#tell(type, this.#objects.get(name));
    return this;
  }

  remove(name: string): this {
    this.#objects.delete(name);
    this.#tell('DELETED', { metadata: { name, resourceVersion: this.#next() } });
    return this;
  }

  world(): World {
    return Object.fromEntries(
      [...this.#objects].map(([name, object]) => [name, object.metadata?.resourceVersion] as const).sort(),
    );
  }

  /** Goes back to an older state, as a server does whose data is restored from a backup. Watches break. */
  restore(names: string[], version: number): void {
    this.#objects.clear();
    this.#changes.length = 0;
    this.#version = version - names.length;
    for (const name of names) this.#objects.set(name, { metadata: { name, resourceVersion: this.#next() } });
    for (const watcher of this.#watchers) reset(watcher);
  }

  readonly answer = (request: ScriptedRequest): Reply => {
    const isWatch = request.query.has('watch');
    if (isWatch && this.streams !== undefined) return this.streams;
    if (request.path === proofPath && this.proofAnswer !== undefined) return this.proofAnswer;
    if (request.path === proofPath) return isWatch ? part(change('ADDED', proofObject)) : json(200, proofList);
    if (request.query.get('limit') === '1') {
      this.versionLooks += 1;
      return this.#list(request.query);
    }
    (isWatch ? this.watches : this.lists).push(request);
    const fault = (isWatch ? this.watchFaults : this.listFaults).shift();
    return fault ?? (isWatch ? this.#watch(request.query) : this.#list(request.query));
  };

  #list(query: URLSearchParams): Reply {
    const start = Number(query.get('continue') ?? 0);
    const end = start + Number(query.get('limit'));
    const items = [...this.#objects.values()];
    const metadata = { resourceVersion: `${this.#version}`, ...(end < items.length ? { continue: `${end}` } : {}) };
    return json(200, { kind: 'List', metadata, items: items.slice(start, end) });
  }

  #watch(query: URLSearchParams): Reply {
    const since = Number(query.get('resourceVersion'));
    const missed = this.#changes.filter(({ version }) => version > since).map(({ line }) => line);
    return (response) => {
      this.#watchers.add(response);
      response.on('close', () => this.#watchers.delete(response));
      part(missed.join(''))(response);
    };
  }

  #next(): string {
    this.#version += 1;
    return `${this.#version}`;
  }

  #tell(type: string, object: MetadataObject | undefined): void {
    const line = change(type, object);
    this.#changes.push({ version: this.#version, line });
    for (const watcher of this.#watchers) watcher.write(line);
  }
}

/** Where there is one object, for as long as the test lasts. */
export const proofPath = '/api/v1/nodes';
const proofObject = { metadata: { name: 'node-a', resourceVersion: '1' } };
const proofList = { kind: 'List', metadata: { resourceVersion: '1' }, items: [proofObject] };

/** A line of a watch. */
export function change(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A line that ends a watch, as an API server words it. */
export function errorChange(code: number, reason: string): string {
  return change('ERROR', { kind: 'Status', code, reason, message: reason });
}

/** The value of a parameter in each of these requests. */
export function asked(requests: ScriptedRequest[], parameter: string): (string | null)[] {
  return requests.map(({ query }) => query.get(parameter));
}

/** The times between these requests. */
export function pausesMs(requests: ScriptedRequest[]): number[] {
  return requests.slice(1).map(({ atMs }, index) => atMs - (requests[index]?.atMs ?? 0));
}

export const expired = status(410, 'Expired', 'The provided continue parameter is too old');

/** Keeps what it is told, and believes that to be the world. */
export class Believer implements ChangeHandler<MetadataObject> {
  #listed = new Map<string, string | undefined>();
  #isListing = false;
  believes: World = {};
  /** Each word it was told, in order. */
  readonly told: string[] = [];

  listing(): void {
    this.told.push('listing');
    this.#isListing = true;
    this.#listed = new Map();
  }

  present({ metadata }: MetadataObject): void {
    this.told.push(`present ${metadata?.name}`);
    this.#listed.set(metadata?.name ?? '', metadata?.resourceVersion);
    this.#settle();
  }

  gone({ metadata }: MetadataObject): void {
    this.told.push(`gone ${metadata?.name}`);
    this.#listed.delete(metadata?.name ?? '');
    this.#settle();
  }

  listed(): void {
    this.told.push('listed');
    this.#isListing = false;
    this.#settle();
  }

  #settle(): void {
    if (!this.#isListing) this.believes = Object.fromEntries([...this.#listed].sort());
  }
}
