import { test as base, inject } from 'vitest';
import { type Answer, Api, type Json } from '../support/api.ts';
import { uniqueName } from '../support/build.ts';
import { until } from '../support/until.ts';
import { Watched } from './watched.ts';

export const patchTypes = {
  json: { 'content-type': 'application/json-patch+json' },
  merge: { 'content-type': 'application/merge-patch+json' },
  strategic: { 'content-type': 'application/strategic-merge-patch+json' },
};

export const metadataOnly = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
export const metadataList = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' };

export const volumesPath = '/api/v1/persistentvolumes';
export const classesPath = '/apis/storage.k8s.io/v1/storageclasses';
export const rbacPath = '/apis/rbac.authorization.k8s.io/v1';

/** A part of the API server that a test has for itself: a namespace, and names of its own for what has none. */
export class Corner {
  readonly api: Api;
  readonly namespace = uniqueName('contract');
  readonly #made: string[] = [];
  readonly #watches: Watched[] = [];

  constructor(adminKubeconfigPath: string) {
    this.api = new Api(adminKubeconfigPath);
  }

  async make(): Promise<void> {
    await this.create('/api/v1/namespaces', { metadata: { name: this.namespace } });
  }

  /** Takes away what the test has made, without waiting until it is gone. */
  async remove(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    for (const path of this.#made) {
      await this.api.send('DELETE', path);
      await this.send('PATCH', path, { metadata: { finalizers: null } });
    }
    await this.api.close();
  }

  /** The collection of a namespaced resource of the core group. */
  path(plural: string): string {
    return `/api/v1/namespaces/${this.namespace}/${plural}`;
  }

  get configMaps(): string {
    return this.path('configmaps');
  }

  get claims(): string {
    return this.path('persistentvolumeclaims');
  }

  /** Sends a request; a PATCH is a merge patch unless `headers` say otherwise. */
  send(method: string, path: string, body?: Json, headers: Record<string, string> = {}): Promise<Answer> {
    return this.api.send(method, path, body, { ...(method === 'PATCH' && patchTypes.merge), ...headers });
  }

  /** Creates an object that is deleted when the test is over. */
  async create(path: string, object: Json): Promise<Json> {
    const created = await this.api.create(path, object);
    this.#made.unshift(`${path}/${created.metadata.name}`);
    return created;
  }

  watch(path: string, headers: Record<string, string> = {}): Watched {
    const watched = new Watched(this.api, path, headers);
    this.#watches.push(watched);
    return watched;
  }

  /** Waits until the object at `path` satisfies `holds`, and answers with it. */
  untilObject(path: string, what: string, holds: (object: Json) => boolean, { withinMs = 20_000 } = {}): Promise<Json> {
    const check = async () => {
      const object = await this.api.get(path);
      if (object !== undefined && holds(object)) return object;
      throw new Error(JSON.stringify(object));
    };
    return until(`${path} is ${what}`, check, { withinMs });
  }

  untilGone(path: string, { withinMs = 20_000 } = {}): Promise<boolean> {
    return until(`${path} is gone`, async () => (await this.api.get(path)) === undefined, { withinMs });
  }

  /** The reasons and messages of the Events about an object in this namespace. */
  async eventsAbout(name: string): Promise<string[]> {
    const events = await this.api.list(`${this.path('events')}?fieldSelector=involvedObject.name%3D${name}`);
    return events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  }

  /** Makes a service account and answers with the header that acts as it. */
  async serviceAccount(name: string): Promise<{ authorization: string }> {
    await this.create(this.path('serviceaccounts'), { metadata: { name } });
    const { status } = await this.api.create(`${this.path('serviceaccounts')}/${name}/token`, {});
    return { authorization: `Bearer ${status.token}` };
  }
}

/** A test with a `corner` of its own, on the control plane that the suite was started with. */
export const test = base.extend<{ corner: Corner }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
  corner: async ({}, use) => {
    const corner = new Corner(inject('adminKubeconfigPath'));
    await corner.make();
    try {
      await use(corner);
    } finally {
      await corner.remove();
    }
  },
});

/** What a Status says, without what all of them have. Of a long message the first line: differences follow it. */
export function statusOf({ status, body }: Answer): Json {
  const { reason, message, details } = body;
  return { status, reason, message: message.split('\n')[0], ...(details && { details }) };
}

/** The objects of a test by name, as lists and watches give them beside those that controllers make. */
export const namesOf = (objects: Json[]): string[] => objects.map(({ metadata }) => metadata.name);
