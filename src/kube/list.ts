import type { MetadataObject } from '../model/kubernetes.ts';
import { callApi } from './call.ts';
import type { Selection } from './changes.ts';
import type { Connection } from './connection.ts';

export interface Page<Kind> {
  items: Kind[];
  /** The version of the whole list: a watch goes on from here. */
  resourceVersion: string;
  /** Where the next page begins; undefined on the last one. */
  next: string | undefined;
}

export interface ListOptions {
  pageSize: number;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** One page of a list that is consistent over all its pages. */
export async function listPage<Kind extends MetadataObject>(
  connection: Connection,
  selection: Selection,
  from: string | undefined,
  { pageSize, timeoutMs, signal }: ListOptions,
): Promise<Page<Kind>> {
  const query = queryOf(selection, { limit: `${pageSize}`, ...(from === undefined ? {} : { continue: from }) });
  const list = (await callApi(connection, {
    deed: `list ${selection.path}`,
    method: 'GET',
    path: `${selection.path}?${query}`,
    accept: acceptOf(selection.listWhole ? {} : selection, 'PartialObjectMetadataList'),
    timeoutMs,
    ...(signal && { signal }),
  })) as { items?: Kind[] | null; metadata?: { resourceVersion?: string; continue?: string } };
  return {
    items: list.items ?? [],
    resourceVersion: list.metadata?.resourceVersion ?? '',
    next: list.metadata?.continue || undefined,
  };
}

/** The version that a collection is at now, for the price of one object. */
export async function latestVersion(
  connection: Connection,
  selection: Selection,
  options: Omit<ListOptions, 'pageSize'>,
): Promise<string> {
  // Without the labels, for which a server would look through everything until it finds one that has them.
  const { labelSelector: _, ...anyOfThem } = selection;
  const anyMetadata = { ...anyOfThem, metadataOnly: true, listWhole: false };
  const page = await listPage(connection, anyMetadata, undefined, { ...options, pageSize: 1 });
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
