/** Which objects to list or watch. */
export interface Selection {
  /** Path of the collection, such as `/api/v1/persistentvolumes`. */
  path: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Requests only the metadata of each object, which saves the rest in transport and memory. */
  metadataOnly?: boolean;
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
