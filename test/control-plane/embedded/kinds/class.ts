import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalid, required } from '../objects/field-error.ts';
import { qualifiedNameProblems } from '../objects/names.ts';
import type { Json } from '../objects/object.ts';
import { always, list, optionalFlag, optionalText, struct, text, textMap, texts } from '../objects/schema.ts';
import type { Kind } from './kind.ts';
import { oneOf } from './volume.ts';

const topologyTerm = struct({
  matchLabelExpressions: list(struct({ key: always(text, ''), values: always(texts, null) })),
});

export const classKind: Kind = {
  shape: {
    provisioner: always(text, ''),
    parameters: textMap,
    reclaimPolicy: optionalText,
    mountOptions: texts,
    allowVolumeExpansion: optionalFlag,
    volumeBindingMode: optionalText,
    allowedTopologies: list(topologyTerm),
  },

  setDefaults(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },

  validate: ({ provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies }) => [
    ...validateProvisioner(provisioner),
    ...(Object.hasOwn(parameters ?? {}, '') ? [invalid('parameters', '', 'field can not be empty.')] : []),
    ...oneOf('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain']),
    ...oneOf('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...(allowedTopologies ?? []).flatMap(validateTopologyTerm),
  ],

  validateUpdate: (storageClass, old) =>
    ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode']
      .filter((field) => !isDeepStrictEqual(storageClass[field], old[field]))
      .map((field) => invalid(field, null, 'field is immutable')),
};

function validateProvisioner(provisioner: string): FieldError[] {
  if (provisioner === '') return [required('provisioner')];
  return qualifiedNameProblems(provisioner.toLowerCase()).map((problem) =>
    invalid('provisioner', provisioner.toLowerCase(), problem),
  );
}

function validateTopologyTerm(term: Json, index: number): FieldError[] {
  const field = `allowedTopologies[${index}].matchLabelExpressions`;
  const expressions: Json[] = term.matchLabelExpressions ?? [];
  if (expressions.length === 0) return [{ type: 'Duplicate', field, value: '', detail: '' }];
  return expressions.flatMap(({ key, values }, at) => [
    ...((values ?? []).length === 0 ? [required(`${field}[${at}].values`)] : []),
    ...qualifiedNameProblems(key).map((problem) => invalid(`${field}[${at}].key`, key, problem)),
  ]);
}
