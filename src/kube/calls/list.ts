import type { MetadataObject } from '../../model/kubernetes.ts';
import type { Connection } from '../connection/connection.ts';
import { AnswerTooLongError } from '../connection/exchange.ts';
import { callApi } from './call.ts';
import { ApiError } from './kube-api.ts';
import type { PageSize } from './page-size.ts';
import { acceptOf, queryOf, type Selection } from './selection.ts';

export interface Page<Kind> {
  items: Kind[];
  /** The version of the whole list: a watch starts from here. */
  resourceVersion: string;
  /** The token of the next page; undefined on the last one. */
  next: string | undefined;
}

export interface ListOptions {
  /** For each request. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Requests one page of a list, again with fewer objects if it is too long. @throws {ApiError} */
export async function listPage<Kind extends MetadataObject>(
  connection: Connection,
  selection: Selection,
  from: string | undefined,
  size: PageSize,
  options: ListOptions,
): Promise<Page<Kind>> {
  for (;;) {
    try {
      const { objects: limit, longestBytes } = size;
      const { bytes, ...page } = await requestPage<Kind>(connection, selection, from, {
        ...options,
        limit,
        longestBytes,
      });
      size.came({ objects: page.items.length, bytes });
      return page;
    } catch (error) {
      if (!(error instanceof ApiError && error.cause instanceof AnswerTooLongError) || size.objects === 1) throw error;
      size.shrink();
    }
  }
}

async function requestPage<Kind extends MetadataObject>(
  connection: Connection,
  selection: Selection,
  from: string | undefined,
  { limit, timeoutMs, signal, longestBytes }: ListOptions & { limit: number; longestBytes?: number | undefined },
): Promise<Page<Kind> & { bytes: number }> {
  const query = queryOf(selection, { limit: `${limit}`, ...(from === undefined ? {} : { continue: from }) });
  const { object, bytes } = await callApi(connection, {
    deed: `list ${selection.path}`,
    method: 'GET',
    path: `${selection.path}?${query}`,
    accept: acceptOf(selection, 'PartialObjectMetadataList'),
    timeoutMs,
    longestBytes,
    ...(signal && { signal }),
  });
  const list = object as { items?: Kind[] | null; metadata?: { resourceVersion?: string; continue?: string } };
  return {
    items: list.items ?? [],
    resourceVersion: list.metadata?.resourceVersion ?? '',
    next: list.metadata?.continue || undefined,
    bytes,
  };
}

/** The current version of a collection, at the price of one object. @throws {ApiError} */
export async function latestVersion(
  connection: Connection,
  selection: Selection,
  options: ListOptions,
): Promise<string> {
  // A label selector would make the server search the whole collection for the one object.
  const { labelSelector: _, ...anyObject } = selection;
  const anyMetadata = { ...anyObject, metadataOnly: true };
  const page = await requestPage(connection, anyMetadata, undefined, { ...options, limit: 1 });
  return page.resourceVersion;
}
