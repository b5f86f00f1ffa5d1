import { type FieldError, notSupported, required } from '../objects/field-error.ts';
import type { Json, KubeObject } from '../objects/object.ts';
import type { Kind } from './kind.ts';
import { immutable } from './volume.ts';

const group = 'rbac.authorization.k8s.io';

export const roleKind: Kind = {
  setDefaults(role) {
    role.rules ??= null;
  },
};

export const bindingKind: Kind = {
  setDefaults(binding) {
    binding.roleRef = { apiGroup: group, ...binding.roleRef };
    for (const subject of binding.subjects ?? []) {
      if (subject.kind !== 'ServiceAccount') subject.apiGroup ??= group;
    }
  },
  validate: ({ roleRef, subjects }) => [
    ...(roleRef.name ? [] : [required('roleRef.name')]),
    ...(subjects ?? []).flatMap(validateSubject),
  ],
  validateUpdate: (binding, old) => immutable('roleRef', internalRoleRef(binding), internalRoleRef(old)),
};

/** As the message of a refusal writes it. */
const internalRoleRef = ({ roleRef }: KubeObject) => ({
  APIGroup: roleRef.apiGroup,
  Kind: roleRef.kind,
  Name: roleRef.name,
});

function validateSubject({ kind, name, namespace }: Json, index: number): FieldError[] {
  const errors = name ? [] : [required(`subjects[${index}].name`)];
  if (kind === 'ServiceAccount' && !namespace) errors.push(required(`subjects[${index}].namespace`));
  if (!['ServiceAccount', 'User', 'Group'].includes(kind)) {
    errors.push(notSupported(`subjects[${index}].kind`, kind, ['Group', 'ServiceAccount', 'User']));
  }
  return errors;
}
