import type { KubeObject } from '../objects/object.ts';
import { apiVersionOf, type Resource } from '../objects/resources.ts';

/** How an object is written: whole, or as PartialObjectMetadata. */
export type Representation = 'whole' | 'metadata';

/** One stored state of an object. It is written as JSON at most once for each way to write it. */
export class Version {
  readonly object: KubeObject;
  /** 0 when it was not stored. */
  readonly revision: number;
  readonly #resource: Resource;
  readonly #written: Partial<Record<Representation, string>> = {};

  constructor(resource: Resource, object: KubeObject, revision = 0) {
    this.#resource = resource;
    this.revision = revision;
    this.object =
      revision === 0 ? object : { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
  }

  write(representation: Representation): string {
    this.#written[representation] ??=
      representation === 'whole'
        ? head(this.#resource) + JSON.stringify(this.object).slice(1)
        : `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(this.object.metadata)}}`;
    return this.#written[representation];
  }

  /** As an item of a list: items of a whole list do not say their kind. */
  writeItem(representation: Representation): string {
    const written = this.write(representation);
    return representation === 'metadata' ? written : `{${written.slice(head(this.#resource).length)}`;
  }
}

const head = (resource: Resource) => `{"kind":"${resource.kind}","apiVersion":"${apiVersionOf(resource)}",`;
