import { negotiate } from '../../control-plane/embedded/http/negotiation.ts';
import { parseRequest, type Target } from '../../control-plane/embedded/http/request-info.ts';
import { apiVersionOf, findResource, type Resource } from '../../control-plane/embedded/objects/resources.ts';
import { parseSelection } from '../../control-plane/embedded/store/selectors.ts';
import type { Json } from '../../support/api.ts';

/** What the daemon lists and watches. */
const collections = [
  '/api/v1/persistentvolumeclaims',
  '/api/v1/persistentvolumes',
  '/apis/storage.k8s.io/v1/storageclasses',
  '/api/v1/nodes',
];

/** The lists of claims, volumes, classes and nodes at one time. */
export interface HistoryMoment {
  /** Whole lists by path. They are asked for at once: await this before changing what the moment is not to show. */
  readonly lists: Promise<ReadonlyMap<string, Json>>;
}

/** @param read gets what is at a path, of the API server itself */
export function takeMoment(read: (path: string) => Promise<Json>): HistoryMoment {
  const lists = Promise.all(collections.map(async (path): Promise<[string, Json]> => [path, await read(path)]));
  return { lists: lists.then((entries) => new Map(entries)) };
}

/** Whether a list or watch at this address (path with query) is answered from a moment. */
export function isOfMoment(path: string): boolean {
  const { target } = parseRequest('GET', path);
  return target !== undefined && collections.includes(collectionOf(target));
}

/** Answers a list of one of the collections from a moment: selected as asked, all on one page. */
export async function listAt({ lists }: HistoryMoment, path: string, accept: string | undefined): Promise<Json> {
  const { target, query } = parseRequest('GET', path);
  if (target === undefined) throw new Error(`${path} is no list`);
  const resource = findResource(target.group, target.version, target.plural);
  const whole = (await lists).get(collectionOf(target));
  if (resource === undefined || whole === undefined) throw new Error(`a moment has no ${path}`);
  const selected = parseSelection(query, resource);
  const items = (whole.items as Json[]).filter(
    (object) => isIn(target, object) && (selected === undefined || selected(object)),
  );
  const list = { ...whole, items };
  return negotiate(accept, resource) === 'metadata' ? metadataOf(list) : list;
}

const collectionOf = (target: Pick<Target, 'group' | 'version' | 'plural'>): string =>
  `${target.group === '' ? '/api' : '/apis'}/${apiVersionOf(target as Pick<Resource, 'group' | 'version'>)}/${target.plural}`;

const isIn = ({ namespace }: Target, { metadata }: Json): boolean =>
  namespace === undefined || metadata.namespace === namespace;

function metadataOf({ metadata, items }: Json): Json {
  const [kind, apiVersion] = ['PartialObjectMetadata', 'meta.k8s.io/v1'];
  return {
    kind: `${kind}List`,
    apiVersion,
    metadata,
    items: items.map((item: Json) => ({ kind, apiVersion, metadata: item.metadata })),
  };
}
