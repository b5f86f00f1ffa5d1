import { isDeepStrictEqual } from 'node:util';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../objects/field-error.ts';
import { subdomainProblems } from '../objects/names.ts';
import { type Json, timestamp } from '../objects/object.ts';
import { compareQuantities } from '../objects/quantity.ts';
import {
  anything,
  nodeSelector,
  objectReference,
  optionalText,
  quantities,
  struct,
  text,
  texts,
} from '../objects/schema.ts';
import type { Kind } from './kind.ts';
import { validateNodeSelector } from './selector-rules.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];
const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];
const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const otherSources = ['nfs', 'iscsi', 'fc', 'flexVolume', 'csi', 'rbd', 'cephfs', 'azureFile', 'vsphereVolume'];
const sources = ['hostPath', ...otherSources, 'local'];

export const volumeKind: Kind = {
  shape: {
    spec: struct({
      capacity: quantities,
      hostPath: struct({ path: optionalText, type: optionalText }),
      ...Object.fromEntries(otherSources.map((source) => [source, anything])),
      local: struct({ path: optionalText, fsType: optionalText }),
      accessModes: texts,
      claimRef: objectReference,
      persistentVolumeReclaimPolicy: text,
      storageClassName: text,
      mountOptions: texts,
      volumeMode: text,
      nodeAffinity: struct({ required: nodeSelector }),
      volumeAttributesClassName: optionalText,
    }),
    status: struct({ phase: text, message: text, reason: text, lastPhaseTransitionTime: text }),
  },

  setDefaults(volume) {
    volume.spec ??= {};
    volume.spec.persistentVolumeReclaimPolicy ??= 'Retain';
    volume.spec.volumeMode ??= 'Filesystem';
    if (volume.spec.hostPath) volume.spec.hostPath.type ??= '';
  },

  prepareCreate(volume) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp() };
  },

  prepareStatus(volume, old) {
    if (volume.status?.phase === old.status?.phase) return;
    volume.status.lastPhaseTransitionTime = timestamp();
  },

  validate: ({ spec }) => [
    ...validateAccessModes(spec.accessModes, ''),
    ...validateCapacity(spec.capacity),
    ...oneOf('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, reclaimPolicies),
    ...validateNodeAffinity(spec.nodeAffinity),
    ...validateSource(spec),
    ...validateClassName(spec.storageClassName),
    ...validateVolumeMode(spec.volumeMode),
  ],

  validateUpdate({ spec }, { spec: old }) {
    const errors: FieldError[] = [];
    if (!sources.every((source) => isDeepStrictEqual(spec[source], old[source]))) {
      const detail = 'spec.persistentvolumesource is immutable after creation';
      errors.push(forbiddenField('spec.persistentvolumesource', detail));
    }
    errors.push(...immutable('volumeMode', spec.volumeMode, old.volumeMode));
    if (old.nodeAffinity !== undefined && !isDeepStrictEqual(spec.nodeAffinity, old.nodeAffinity)) {
      const detail = 'field is immutable, except for updating from beta label to GA';
      errors.push(invalid('nodeAffinity', spec.nodeAffinity, detail));
    }
    return errors;
  },
};

export function immutable(field: string, value: Json, old: Json): FieldError[] {
  return isDeepStrictEqual(value, old) ? [] : [invalid(field, value, 'field is immutable')];
}

export function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

export const validateVolumeMode = (mode: string | undefined): FieldError[] =>
  oneOf('spec.volumeMode', mode, volumeModes);

export const validateClassName = (name: string | undefined): FieldError[] =>
  name ? subdomainProblems(name).map((problem) => invalid('spec.storageClassName', name, problem)) : [];

export function validateAccessModes(modes: string[] = [], whenNone: string): FieldError[] {
  if (modes.length === 0) return [required('spec.accessModes', whenNone)];
  const errors = modes.flatMap((mode) => oneOf('spec.accessModes', mode, accessModes));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.push(forbiddenField('spec.accessModes', 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}

export function positive(field: string, amount: string): FieldError[] {
  return compareQuantities(amount, '0') > 0 ? [] : [invalid(field, amount, 'must be greater than zero')];
}

function validateCapacity(capacity: Record<string, string> = {}): FieldError[] {
  const names = Object.keys(capacity);
  const errors = names.length === 0 ? [required('spec.capacity')] : [];
  if (!isDeepStrictEqual(names, ['storage'])) errors.push(notSupported('spec.capacity', capacity, ['storage']));
  for (const [name, amount] of Object.entries(capacity)) {
    const field = `spec.capacity[${name}]`;
    if (compareQuantities(amount, '0') < 0) {
      errors.push(invalid(field, Number.parseInt(amount, 10), 'must be a valid resource quantity'));
    }
    errors.push(...positive(field, amount));
  }
  return errors;
}

function validateNodeAffinity(affinity: Json): FieldError[] {
  if (affinity === undefined) return [];
  if (affinity.required) return validateNodeSelector(affinity.required, 'spec.nodeAffinity.required');
  return [required('spec.nodeAffinity.required', 'must specify required node constraints')];
}

function validateSource(spec: Json): FieldError[] {
  const [first, ...more] = sources.filter((source) => spec[source] !== undefined);
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  const errors = more.map((each) => forbiddenField(`spec.${each}`, 'may not specify more than 1 volume type'));
  if (first === 'hostPath') errors.unshift(...validateHostPath(spec));
  if (first === 'local') errors.unshift(...validateLocal(spec));
  return errors;
}

function validateHostPath({ hostPath, persistentVolumeReclaimPolicy }: Json): FieldError[] {
  const errors = validatePath('spec.hostPath.path', hostPath.path);
  if (hostPath.path) errors.push(...oneOf('spec.hostPath.type', hostPath.type, hostPathTypes));
  if (/^\/+$/.test(hostPath.path ?? '') && persistentVolumeReclaimPolicy === 'Recycle') {
    const detail = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbiddenField('spec.persistentVolumeReclaimPolicy', detail));
  }
  return errors;
}

function validateLocal({ local, nodeAffinity }: Json): FieldError[] {
  const errors = validatePath('spec.local.path', local.path);
  if (nodeAffinity === undefined) {
    errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  }
  return errors;
}

function validatePath(field: string, path: string | undefined): FieldError[] {
  if (!path) return [required(field)];
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}
