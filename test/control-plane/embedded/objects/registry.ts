import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { kindOf } from '../kinds/kinds.ts';
import { alreadyExists, conflict, internalError, notFound, refuseInvalid, type StatusError } from '../status-error.ts';
import type { Store } from '../store/store.ts';
import { Version } from '../store/version.ts';
import { admit, admitUpdate } from './admission.ts';
import { type DeleteOptions, deletionOf } from './deletion.ts';
import { invalid } from './field-error.ts';
import { fillSystemFields, validateMetadata, validateMetadataUpdate } from './metadata.ts';
import { type KubeObject, keyOf, timestamp } from './object.ts';
import { qualifiedName, type Resource } from './resources.ts';

export interface UpdateOptions {
  dryRun?: boolean;
  subresource?: 'status';
  /** Whether the update replaces the object (PUT) rather than patches it. */
  replaces?: boolean;
}

/** The rules by which objects come, change and go; the store below them knows none. */
export class Registry {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  /** Creates what a PUT found missing. */
  createByReplacing(resource: Resource, object: KubeObject, options: { dryRun?: boolean }): Version {
    const { uid, resourceVersion: _, ...metadata } = object.metadata;
    if (uid) throw wrongUid(resource, object, '');
    return this.create(resource, { ...object, metadata: { ...metadata, uid: '', resourceVersion: '' } }, options);
  }

  create(resource: Resource, object: KubeObject, { dryRun = false }: { dryRun?: boolean } = {}): Version {
    if (object.metadata.resourceVersion) {
      throw internalError('resourceVersion should not be set on objects to be created');
    }
    const created = structuredClone(object);
    this.#generateName(resource, created);
    setNewSystemFields(resource, created);
    const kind = kindOf(resource);
    kind.setDefaults?.(created);
    admit(this.store, resource, created);
    kind.prepareCreate?.(created);
    refuseInvalid(resource, created.metadata.name, [
      ...validateMetadata(resource, created.metadata),
      ...(kind.validate?.(created) ?? []),
    ]);
    if (this.#exists(resource, created)) throw alreadyExists(resource, created.metadata.name);
    return dryRun ? new Version(resource, created) : this.store.put(resource, created);
  }

  /** `change` is given the object as it is and answers with the object as it shall be. */
  update(
    resource: Resource,
    key: string,
    change: (current: KubeObject) => KubeObject,
    { dryRun = false, subresource, replaces = false }: UpdateOptions = {},
  ): Version {
    const current = this.store.get(resource, key);
    if (current === undefined) throw notFound(resource, key.slice(key.indexOf('/') + 1));
    const sent = change(current.object);
    checkVersion(resource, sent, current.object, replaces);
    const updated = combine(resource, sent, current.object, subresource);
    refuseInvalid(resource, updated.metadata.name, validateUpdate(resource, updated, current.object, subresource));
    if (subresource === undefined) admitUpdate(this.store, resource, updated, current.object);
    if (isDeepStrictEqual(updated, current.object)) return current;
    if (dryRun) return new Version(resource, updated);
    if (!isFinished(updated)) return this.store.put(resource, updated);
    this.store.remove(resource, key);
    return new Version(resource, updated);
  }

  /** Removes the object, or marks it when something still has to be done before; `removed` tells which. */
  delete(resource: Resource, key: string, options: DeleteOptions = {}): { removed: boolean; version: Version } {
    const current = this.store.get(resource, key);
    if (current === undefined) throw notFound(resource, key.slice(key.indexOf('/') + 1));
    checkPreconditions(resource, current.object, options);
    const marked = deletionOf(resource, current.object, options);
    if (marked === 'remove') {
      return { removed: true, version: options.dryRun?.length ? current : this.store.remove(resource, key) };
    }
    if (options.dryRun?.length || isDeepStrictEqual(marked, current.object))
      return { removed: false, version: current };
    return { removed: false, version: this.store.put(resource, marked) };
  }

  #exists(resource: Resource, { metadata }: KubeObject): boolean {
    return this.store.get(resource, keyOf(metadata)) !== undefined;
  }

  #generateName(resource: Resource, object: KubeObject): void {
    const { metadata } = object;
    if (metadata.name || !metadata.generateName) return;
    do metadata.name = metadata.generateName + randomSuffix();
    while (this.#exists(resource, object));
  }
}

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';
const randomSuffix = () => Array.from({ length: 5 }, () => suffixLetters[randomInt(suffixLetters.length)]).join('');

function setNewSystemFields(resource: Resource, { metadata }: KubeObject): void {
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp();
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  if (resource.countsGenerations) metadata.generation = 1;
}

function checkVersion(resource: Resource, sent: KubeObject, current: KubeObject, replaces: boolean): void {
  const { name, uid, resourceVersion } = sent.metadata;
  if (replaces && uid && uid !== current.metadata.uid) throw wrongUid(resource, sent, current.metadata.uid);
  if (!resourceVersion) {
    const problem = invalid('metadata.resourceVersion', 0, 'must be specified for an update');
    const { group, plural } = resource;
    if (resource.putNeedsVersion) refuseInvalid({ group, kind: plural }, name, [problem]);
    return;
  }
  if (!/^[0-9]+$/.test(resourceVersion)) {
    throw internalError(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  }
  if (resourceVersion === current.metadata.resourceVersion) return;
  const problem = 'the object has been modified; please apply your changes to the latest version and try again';
  throw conflict(resource, name, problem);
}

function wrongUid(resource: Resource, { metadata }: KubeObject, uid: string): StatusError {
  const key = `/registry/${qualifiedName(resource).split('.')[0]}/${keyOf(metadata)}`;
  const problem = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
  return conflict(
    resource,
    metadata.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${problem}`,
  );
}

/** What is stored when `sent` was asked for: an object and its status are updated apart. */
function combine(resource: Resource, sent: KubeObject, old: KubeObject, subresource?: 'status'): KubeObject {
  const kind = kindOf(resource);
  const { resourceVersion } = old.metadata;
  const updated: KubeObject =
    subresource === 'status'
      ? { ...old, metadata: { ...sent.metadata, resourceVersion }, status: sent.status ?? {} }
      : { ...sent, metadata: { ...sent.metadata, resourceVersion } };
  if (subresource === undefined && resource.hasStatus) {
    if (old.status === undefined) delete updated.status;
    else updated.status = old.status;
  }
  fillSystemFields(updated.metadata, old.metadata);
  if (subresource === 'status') kind.prepareStatus?.(updated, old);
  else kind.setDefaults?.(updated);
  if (resource.countsGenerations && !isDeepStrictEqual(updated.spec, old.spec)) {
    updated.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
  return updated;
}

function validateUpdate(resource: Resource, updated: KubeObject, old: KubeObject, subresource?: 'status') {
  const kind = kindOf(resource);
  const metadata = [
    ...validateMetadata(resource, updated.metadata),
    ...validateMetadataUpdate(updated.metadata, old.metadata),
  ];
  if (subresource === 'status') return [...metadata, ...(kind.validateStatus?.(updated) ?? [])];
  return [...metadata, ...(kind.validate?.(updated) ?? []), ...(kind.validateUpdate?.(updated, old) ?? [])];
}

/** Whether nothing holds a deleted object back any more. */
function isFinished({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    metadata.deletionGracePeriodSeconds === 0 &&
    (metadata.finalizers ?? []).length === 0
  );
}

function checkPreconditions(resource: Resource, { metadata }: KubeObject, { preconditions }: DeleteOptions): void {
  const refuse = (problem: string) => {
    throw conflict({ group: resource.group, plural: resource.kind }, metadata.name, problem);
  };
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== metadata.uid) {
    refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}
