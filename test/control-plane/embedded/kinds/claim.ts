import { isDeepStrictEqual } from 'node:util';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../objects/field-error.ts';
import type { Json } from '../objects/object.ts';
import { bytesOf, compareQuantities } from '../objects/quantity.ts';
import {
  always,
  anything,
  labelSelector,
  optionalText,
  quantities,
  struct,
  text,
  textMap,
  texts,
} from '../objects/schema.ts';
import type { Kind } from './kind.ts';
import { validateLabelSelector } from './selector-rules.ts';
import { immutable, positive, validateAccessModes, validateClassName, validateVolumeMode } from './volume.ts';

const dataSource = { apiGroup: always(text, null), kind: always(text, ''), name: always(text, '') };

export const claimKind: Kind = {
  shape: {
    spec: struct({
      accessModes: texts,
      selector: labelSelector,
      resources: always(struct({ limits: quantities, requests: quantities }), {}),
      volumeName: text,
      storageClassName: optionalText,
      volumeMode: text,
      dataSource: struct(dataSource),
      dataSourceRef: struct({ ...dataSource, namespace: optionalText }),
      volumeAttributesClassName: optionalText,
    }),
    status: struct({
      phase: text,
      accessModes: texts,
      capacity: quantities,
      conditions: anything,
      allocatedResources: quantities,
      allocatedResourceStatuses: textMap,
      currentVolumeAttributesClassName: optionalText,
      modifyVolumeStatus: anything,
    }),
  },

  setDefaults(claim) {
    claim.spec ??= { resources: {} };
    claim.spec.volumeMode ??= 'Filesystem';
  },

  prepareCreate(claim) {
    claim.status = { phase: 'Pending' };
    matchDataSources(claim.spec);
  },

  validate: ({ spec }) => [
    ...validateAccessModes(spec.accessModes, 'at least 1 access mode is required'),
    ...(spec.selector ? validateLabelSelector(spec.selector, 'spec.selector') : []),
    ...validateRequest(spec.resources.requests?.storage),
    ...validateClassName(spec.storageClassName),
    ...validateVolumeMode(spec.volumeMode),
  ],

  validateUpdate(claim, old) {
    const errors: FieldError[] = [];
    if (!isDeepStrictEqual(withMutableFieldsOf(claim, old), old.spec)) {
      const detail =
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
      errors.push(forbiddenField('spec', detail));
    }
    errors.push(...validateShrinking(claim.spec, old));
    return [...errors, ...immutable('volumeMode', claim.spec.volumeMode, old.spec.volumeMode)];
  },

  validateStatus: ({ status }) => [
    ...notNegative('status.capacity', status.capacity),
    ...onlyStorage('status.allocatedResources', status.allocatedResources),
    ...notNegative('status.allocatedResources', status.allocatedResources),
    ...onlyStorage('status.allocatedResourceStatuses', status.allocatedResourceStatuses),
    ...oneOfStates(status.allocatedResourceStatuses?.storage),
  ],
};

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

/** The message names the resource, not its state. */
const oneOfStates = (state: string | undefined): FieldError[] =>
  state === undefined || resizeStates.includes(state)
    ? []
    : [notSupported('status.allocatedResourceStatuses', 'storage', resizeStates)];

const onlyStorage = (field: string, byName: Record<string, string> = {}): FieldError[] =>
  Object.keys(byName)
    .filter((name) => name !== 'storage')
    .map((name) => notSupported(field, name, ['storage']));

const notNegative = (field: string, sizes: Record<string, string> = {}): FieldError[] =>
  Object.entries(sizes)
    .filter(([, amount]) => compareQuantities(amount, '0') < 0)
    .map(([name, amount]) => invalid(`${field}[${name}]`, bytesOf(amount), 'must be a valid resource quantity'));

/** A data source that only volume plugins of old know is dropped; the two ways to name one are kept the same. */
function matchDataSources(spec: Json): void {
  const understood = (source: Json) => source.apiGroup !== null || source.kind === 'PersistentVolumeClaim';
  if (spec.dataSource && !understood(spec.dataSource)) delete spec.dataSource;
  if (spec.dataSource) spec.dataSourceRef ??= { ...spec.dataSource };
  else if (spec.dataSourceRef && spec.dataSourceRef.namespace === undefined)
    spec.dataSource = { ...spec.dataSourceRef };
}

function validateRequest(storage: string | undefined): FieldError[] {
  const field = 'spec.resources[storage]';
  return storage === undefined ? [required(field)] : positive(field, storage);
}

/** The new `spec` with those changes taken back that are allowed. */
function withMutableFieldsOf(claim: Json, old: Json): Json {
  const spec = { ...claim.spec };
  if (old.spec.volumeName === undefined) delete spec.volumeName;
  if (old.spec.storageClassName === undefined) delete spec.storageClassName;
  if (claim.status?.phase === 'Bound') {
    const requests = { ...spec.resources.requests, storage: old.spec.resources.requests.storage };
    spec.resources = { ...spec.resources, requests };
  }
  return spec;
}

function validateShrinking(spec: Json, old: Json): FieldError[] {
  const wanted = spec.resources.requests?.storage ?? '0';
  const shrinks = compareQuantities(wanted, old.spec.resources.requests.storage) < 0;
  if (!shrinks || compareQuantities(wanted, old.status?.capacity?.storage ?? '0') > 0) return [];
  return [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}
