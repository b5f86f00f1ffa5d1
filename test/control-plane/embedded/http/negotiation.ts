import { notSupported } from '../objects/field-error.ts';
import { packageOf, type Resource } from '../objects/resources.ts';
import { refuseInvalid, StatusError } from '../status-error.ts';
import type { Representation } from '../store/version.ts';

/** How an object, or a list of `listed`, shall be written, from the Accept header. Tables are not offered; JSON is. */
export function negotiate(accept: string | undefined, listed?: Resource): Representation {
  const ranges = (accept ?? '*/*').split(',').map((range) => range.split(';').map((part) => part.trim()));
  for (const [type = '', ...parameters] of ranges) {
    if (!['application/json', 'application/*', '*/*'].includes(type)) continue;
    const as = parameters.find((each) => each.startsWith('as='))?.slice('as='.length);
    if (as === undefined) return 'whole';
    if (as === (listed === undefined ? 'PartialObjectMetadata' : 'PartialObjectMetadataList')) return 'metadata';
    if (as === 'PartialObjectMetadata' && listed !== undefined) throw asksForObject(listed);
  }
  throw notAcceptable('406: Not Acceptable\n\nAvailable representations: application/json', {});
}

function asksForObject(listed: Resource): StatusError {
  const list = `*${packageOf(listed)}.${listed.kind}List`;
  return notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (${list})`);
}

const notAcceptable = (message: string, details?: object) => new StatusError(406, 'NotAcceptable', message, details);

/** Bodies are read as JSON alone. */
export function requireJson(contentType: string | undefined): void {
  const type = (contentType ?? 'application/json').split(';')[0]?.trim();
  if (type === 'application/json') return;
  const message = 'the body of the request was in an unknown format - accepted media types include: application/json';
  throw new StatusError(415, 'UnsupportedMediaType', message);
}

/** Whether the request is to be answered without being carried out. */
export function isDryRun(query: URLSearchParams, verb: 'Create' | 'Update' | 'Patch' | 'Delete'): boolean {
  const values = query.getAll('dryRun');
  const isValid = values.every((value) => value === 'All');
  const errors = isValid ? [] : [notSupported('dryRun', values, ['All'])];
  refuseInvalid({ group: 'meta.k8s.io', kind: `${verb}Options` }, '', errors);
  return values.length > 0;
}
