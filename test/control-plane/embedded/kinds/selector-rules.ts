import { type FieldError, invalid, required } from '../objects/field-error.ts';
import { labelValueProblems, qualifiedNameProblems } from '../objects/names.ts';
import type { Json } from '../objects/object.ts';

const setOperators = ['In', 'NotIn'];
const existenceOperators = ['Exists', 'DoesNotExist'];
const orderOperators = ['Gt', 'Lt'];

/** A claim's `spec.selector`. */
export function validateLabelSelector(selector: Json, field: string): FieldError[] {
  const labels = Object.entries<string>(selector.matchLabels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalid(`${field}.matchLabels`, key, problem)),
    ...labelValueProblems(value).map((problem) => invalid(`${field}.matchLabels[${key}]`, value, problem)),
  ]);
  return [...labels, ...validateRequirements(selector.matchExpressions, `${field}.matchExpressions`, [])];
}

/** A volume's `spec.nodeAffinity.required`. */
export function validateNodeSelector(selector: Json, field: string): FieldError[] {
  const terms: Json[] = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(`${field}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return terms.flatMap((term, index) =>
    validateRequirements(
      term.matchExpressions,
      `${field}.nodeSelectorTerms[${index}].matchExpressions`,
      orderOperators,
    ),
  );
}

function validateRequirements(requirements: Json[] | undefined, field: string, more: string[]): FieldError[] {
  return (requirements ?? []).flatMap((each, index) => validateRequirement(each, `${field}[${index}]`, more));
}

function validateRequirement({ key, operator, values = [] }: Json, field: string, more: string[]): FieldError[] {
  const errors: FieldError[] = [];
  if (setOperators.includes(operator)) {
    if (values.length === 0) {
      errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (existenceOperators.includes(operator)) {
    if (values.length > 0) {
      const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      errors.push({ type: 'Forbidden', field: `${field}.values`, detail });
    }
  } else if (more.includes(operator)) {
    if (values.length !== 1) {
      errors.push(required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    }
  } else {
    errors.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'));
  }
  return [...errors, ...qualifiedNameProblems(key).map((problem) => invalid(`${field}.key`, key, problem))];
}
