import { type KubeObject, keyOf } from '../objects/object.ts';
import { type Resource, resources } from '../objects/resources.ts';
import { Collection } from './collection.ts';
import { Version } from './version.ts';

/** All objects, under one count of revisions, as etcd keeps them. */
export class Store {
  #revision = 1;
  readonly #collections: Map<Resource, Collection>;

  constructor(historyLimit: number) {
    this.#collections = new Map(resources.map((each) => [each, new Collection(each, historyLimit)]));
  }

  get revision(): number {
    return this.#revision;
  }

  collection(resource: Resource): Collection {
    const collection = this.#collections.get(resource);
    if (collection === undefined) throw new Error(`${resource.plural} are not in the table of resources`);
    return collection;
  }

  get collections(): Iterable<Collection> {
    return this.#collections.values();
  }

  get(resource: Resource, key: string): Version | undefined {
    return this.collection(resource).get(key);
  }

  put(resource: Resource, object: KubeObject): Version {
    const version = new Version(resource, object, ++this.#revision);
    this.collection(resource).apply(keyOf(object.metadata), version, version.revision);
    return version;
  }

  /** Removes an object; answers with its last state under the revision of its removal. */
  remove(resource: Resource, key: string): Version {
    return this.collection(resource)
      .apply(key, undefined, ++this.#revision)
      .departed();
  }
}
