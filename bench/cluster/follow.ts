import type { Api, Json } from '../../test/support/api.ts';

/** A change of one object, or all objects that are there, when changes may have been missed. */
export type News = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: Json } | { type: 'LISTED'; objects: Json[] };

const metadataAlone = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * Watches the objects at a path. A server may end a watch at any time, above all one that is slow to read; the next goes on from
 * there. If that is too long ago for the server, it begins again with all that is there, as every client has to.
 * @param since resource version to begin at
 * @param listed what is wanted of each object then
 */
export async function* follow(
  api: Api,
  path: string,
  { since, listed, signal }: { since: string; listed: 'metadata' | 'whole'; signal: AbortSignal },
): AsyncGenerator<News, never> {
  for (let resourceVersion = since; ; ) {
    for await (const { type, object } of api.watch(`${path}?watch=true&resourceVersion=${resourceVersion}`, signal)) {
      if (type === 'ERROR') {
        if (object.code !== 410) throw new Error(`the watch of ${path}: ${object.message}`);
        const { status, body } = await api.send(
          'GET',
          path,
          undefined,
          listed === 'metadata' ? { accept: metadataAlone } : {},
        );
        if (status !== 200) throw new Error(`the list of ${path}: ${status} ${JSON.stringify(body)}`);
        resourceVersion = body.metadata.resourceVersion;
        yield { type: 'LISTED', objects: body.items };
        break;
      }
      resourceVersion = object.metadata.resourceVersion;
      yield { type, object };
    }
  }
}
