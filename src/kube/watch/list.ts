import type { MetadataObject } from '../../model/kubernetes.ts';
import { callAndMeasure } from '../calls/call.ts';
import { ApiError } from '../calls/kube-api.ts';
import type { Connection } from '../connection/connection.ts';
import { AnswerTooLongError } from '../connection/exchange.ts';
import type { Selection } from './change-handler.ts';
import type { PageSize } from './page-size.ts';

export interface Page<Kind> {
  items: Kind[];
  /** The version of the whole list: a watch goes on from here. */
  resourceVersion: string;
  /** Where the next page begins; undefined on the last one. */
  next: string | undefined;
}

export interface ListOptions {
  /** For each request. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** One page of a list that is consistent over all its pages. A page that is too long is asked for again with fewer objects. */
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
  const { object, bytes } = await callAndMeasure(connection, {
    deed: `list ${selection.path}`,
    method: 'GET',
    path: `${selection.path}?${query}`,
    accept: acceptOf(selection.listWhole ? {} : selection, 'PartialObjectMetadataList'),
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

/** The version that a collection is at now, for the price of one object. */
export async function latestVersion(
  connection: Connection,
  selection: Selection,
  options: ListOptions,
): Promise<string> {
  // Without the labels, for which a server would look through everything until it finds one that has them.
  const { labelSelector: _, ...anyOfThem } = selection;
  const anyMetadata = { ...anyOfThem, metadataOnly: true, listWhole: false };
  const page = await requestPage(connection, anyMetadata, undefined, { ...options, limit: 1 });
  return page.resourceVersion;
}

export function queryOf({ labelSelector, fieldSelector }: Selection, others: Record<string, string>): URLSearchParams {
  return new URLSearchParams({
    ...others,
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  });
}

export function acceptOf(
  { metadataOnly }: Pick<Selection, 'metadataOnly'>,
  as: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
): string {
  return metadataOnly ? `application/json;as=${as};g=meta.k8s.io;v=v1` : 'application/json';
}
