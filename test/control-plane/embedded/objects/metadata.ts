import { type FieldError, forbiddenField, invalid, required, tooLong } from './field-error.ts';
import { generateNameProblems, labelValueProblems, nameProblems, qualifiedNameProblems } from './names.ts';
import type { Json, ObjectMeta } from './object.ts';
import type { Resource } from './resources.ts';

const annotationBytesLimit = 256 * 1024;
const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

export function validateMetadata(resource: Resource, metadata: ObjectMeta): FieldError[] {
  return [
    ...validateName(resource, metadata),
    ...validateLabels(metadata.labels),
    ...validateAnnotations(metadata.annotations),
    ...validateOwners(metadata.ownerReferences),
    ...validateFinalizers(metadata.finalizers),
  ];
}

function validateName({ nameRule }: Resource, { name, generateName }: ObjectMeta): FieldError[] {
  const prefix = generateName ?? '';
  const prefixProblems = prefix === '' ? [] : generateNameProblems(nameRule, prefix);
  const errors = prefixProblems.map((problem) => invalid('metadata.generateName', prefix, problem));
  if (!name) return [...errors, required('metadata.name', 'name or generateName is required')];
  return [...errors, ...nameProblems[nameRule](name).map((problem) => invalid('metadata.name', name, problem))];
}

function validateLabels(labels: Record<string, string> = {}): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalid('metadata.labels', key, problem)),
    ...labelValueProblems(value).map((problem) => invalid('metadata.labels', value, problem)),
  ]);
}

function validateAnnotations(annotations: Record<string, string> = {}): FieldError[] {
  const field = 'metadata.annotations';
  const errors = Object.keys(annotations).flatMap((key) =>
    qualifiedNameProblems(key.toLowerCase()).map((problem) => invalid(field, key, problem)),
  );
  const bytes = Object.entries(annotations)
    .flat()
    .map((text) => Buffer.byteLength(text))
    .reduce((sum, each) => sum + each, 0);
  return bytes > annotationBytesLimit ? [...errors, tooLong(field, annotationBytesLimit)] : errors;
}

function validateOwners(owners: Json[] = []): FieldError[] {
  const needed = ['apiVersion', 'kind', 'name', 'uid'];
  return owners.flatMap((owner, index) =>
    needed
      .filter((name) => owner[name] === '')
      .map((name) => required(`metadata.ownerReferences[${index}].${name}`, 'must not be empty')),
  );
}

function validateFinalizers(finalizers: string[] = []): FieldError[] {
  return finalizers.flatMap((finalizer, index) => {
    const problems = qualifiedNameProblems(finalizer);
    if (problems.length > 0) return problems.map((problem) => invalid('metadata.finalizers', finalizer, problem));
    if (finalizer.includes('/') || standardFinalizers.includes(finalizer)) return [];
    const problem = 'name is neither a standard finalizer name nor is it fully qualified';
    return [invalid(`metadata.finalizers[${index}]`, finalizer, problem)];
  });
}

const systemFields = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'];

/** Takes over from `old` what an update may leave out and may not change. */
export function fillSystemFields(metadata: ObjectMeta, old: ObjectMeta): void {
  for (const field of systemFields) {
    if (metadata[field] === undefined && old[field] !== undefined) metadata[field] = old[field];
  }
  if (old.generation !== undefined) metadata.generation = old.generation;
  else delete metadata.generation;
}

export function validateMetadataUpdate(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  const changed = systemFields.filter((field) => metadata[field] !== old[field]);
  return [
    ...validateNoNewFinalizers(metadata, old),
    ...changed.map((field) => invalid(`metadata.${field}`, metadata[field], 'field is immutable')),
  ];
}

function validateNoNewFinalizers(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  if (old.deletionTimestamp === undefined) return [];
  const added = (metadata.finalizers ?? []).filter((each) => !(old.finalizers ?? []).includes(each));
  if (added.length === 0) return [];
  const list = added.sort().map((each) => JSON.stringify(each));
  const problem = 'no new finalizers can be added if the object is being deleted, found new finalizers';
  return [forbiddenField('metadata.finalizers', `${problem} []string{${list.join(', ')}}`)];
}
