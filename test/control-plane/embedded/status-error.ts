import { type FieldError, fieldErrorBody } from './objects/field-error.ts';
import type { Json } from './objects/object.ts';
import { qualifiedKind, qualifiedName, type Resource } from './objects/resources.ts';

/** An answer other than success: what the API calls a Status. Texts are those of kube-apiserver 1.37. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly body: Json;

  constructor(code: number, reason: string | undefined, message: string, details?: Json, metadata: Json = {}) {
    super(message);
    this.code = code;
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason !== undefined && { reason }),
      ...(details !== undefined && { details }),
      code,
    };
  }
}

type Named = Pick<Resource, 'group' | 'plural'>;

const detailsOf = (resource: Named, name: string) => ({
  ...(name !== '' && { name }),
  ...(resource.group !== '' && { group: resource.group }),
  kind: resource.plural,
});

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message);
export const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized');
export const internalError = (message: string) => new StatusError(500, undefined, message);
export const expired = (message: string, metadata?: Json) =>
  new StatusError(410, 'Expired', message, undefined, metadata);

export const noSuchResource = () =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
export const methodNotAllowed = () =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const notFound = (resource: Named, name: string) =>
  new StatusError(404, 'NotFound', `${qualifiedName(resource)} "${name}" not found`, detailsOf(resource, name));
export const alreadyExists = (resource: Named, name: string) =>
  new StatusError(
    409,
    'AlreadyExists',
    `${qualifiedName(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );

export function conflict(resource: Named, name: string, problem: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${problem}`;
  return new StatusError(409, 'Conflict', message, detailsOf(resource, name));
}

export function forbidden(resource: Named, name: string, problem: string, causes?: Json[]): StatusError {
  const subject = name === '' ? qualifiedName(resource) : `${qualifiedName(resource)} "${name}"`;
  const details = { ...detailsOf(resource, name), ...(causes && { causes }) };
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${problem}`, details);
}

/** Refuses an object for what its fields say; nothing happens when there is no such error. */
export function refuseInvalid(
  { group, kind }: Pick<Resource, 'group' | 'kind'>,
  name: string,
  errors: FieldError[],
): void {
  if (errors.length === 0) return;
  const lines = errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`);
  const list = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const message = `${qualifiedKind({ group, kind })} "${name}" is invalid: ${list}`;
  const causes = errors.map((error) => ({
    reason: `FieldValue${error.type}`,
    message: fieldErrorBody(error),
    field: error.field,
  }));
  throw new StatusError(422, 'Invalid', message, {
    ...(name !== '' && { name }),
    ...(group !== '' && { group }),
    kind,
    causes,
  });
}

export function tooLargeResourceVersion(wanted: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
