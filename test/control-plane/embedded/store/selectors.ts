import type { Json, KubeObject } from '../objects/object.ts';
import type { Resource } from '../objects/resources.ts';
import { badRequest } from '../status-error.ts';

export type Matcher = (object: KubeObject) => boolean;
type Labels = Record<string, string>;
type LabelTest = (labels: Labels) => boolean;

const operatorWords = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'];
const symbols = /\s*(!=|==|=|!|,|\(|\)|>|<|[^\s!=,()<>]+)\s*/gy;

/** Reads `a=b,c in (d,e),!f`, as `labelSelector` of a request is written. */
export function parseLabelSelector(selector: string): LabelTest {
  const tokens = new Tokens(selector);
  const tests: LabelTest[] = [];
  while (!tokens.atEnd) {
    tests.push(parseRequirement(tokens));
    if (!tokens.atEnd && tokens.take() !== ',') tokens.refuse("',' or 'end of string'");
  }
  return (labels) => tests.every((test) => test(labels));
}

class Tokens {
  readonly #tokens: string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = [...text.matchAll(symbols)].map(([, token = '']) => token);
  }

  get atEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  get next(): string {
    return this.#tokens[this.#next] ?? '';
  }

  take(): string {
    return this.#tokens[this.#next++] ?? '';
  }

  /** Says that the token taken last was not the expected one. */
  refuse(expected: string): never {
    throw badRequest(`found '${this.#tokens[this.#next - 1] ?? ''}', expected: ${expected}`);
  }
}

const isIdentifier = (token: string) => token !== '' && !/^[!=,()<>]/.test(token);

function parseRequirement(tokens: Tokens): LabelTest {
  if (tokens.next === '!') {
    tokens.take();
    const key = takeIdentifier(tokens);
    return (labels) => labels[key] === undefined;
  }
  const key = takeIdentifier(tokens);
  if (tokens.atEnd || tokens.next === ',') return (labels) => labels[key] !== undefined;
  const operator = tokens.take();
  switch (operator) {
    case 'in':
    case 'notin': {
      const values = parseValues(tokens);
      return (labels) => values.has(labels[key]) === (operator === 'in');
    }
    case '=':
    case '==':
    case '!=': {
      const value = isIdentifier(tokens.next) ? tokens.take() : '';
      return (labels) => (labels[key] === value) === (operator !== '!=');
    }
    case '>':
    case '<': {
      const bound = Number(takeIdentifier(tokens));
      return (labels) => (operator === '>' ? Number(labels[key]) > bound : Number(labels[key]) < bound);
    }
    default:
      throw badRequest(`unable to parse requirement: found '${operator}', expected: ${operatorWords.join(', ')}`);
  }
}

function takeIdentifier(tokens: Tokens): string {
  const token = tokens.take();
  return isIdentifier(token) ? token : tokens.refuse("!, identifier, or 'end of string'");
}

function parseValues(tokens: Tokens): Set<string | undefined> {
  const open = tokens.take();
  if (open !== '(') throw badRequest(`unable to parse requirement: found '${open}' expected: '('`);
  const values = new Set<string | undefined>();
  if (tokens.next === ')') values.add('');
  while (tokens.next !== ')') {
    if (tokens.atEnd) throw badRequest("unable to parse requirement: found '', expected: ',', or identifier");
    const token = tokens.take();
    if (token !== ',') values.add(token);
  }
  tokens.take();
  return values;
}

/** A LabelSelector object, such as a claim's `spec.selector`. */
export function labelSelectorTest(selector: Json): LabelTest {
  const equal = Object.entries<string>(selector.matchLabels ?? {});
  const expressions: Json[] = selector.matchExpressions ?? [];
  return (labels) =>
    equal.every(([key, value]) => labels[key] === value) && expressions.every((each) => holds(each, labels));
}

function holds({ key, operator, values = [] }: Json, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return values.includes(value);
    case 'NotIn':
      return !values.includes(value);
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}

export interface FieldTerm {
  field: string;
  value: string;
  equal: boolean;
}

/** Reads `metadata.name=a,spec.nodeName!=b`. */
export function parseFieldSelector(selector: string, resource: Resource): FieldTerm[] {
  return selector
    .split(',')
    .filter((term) => term !== '')
    .map((term) => parseFieldTerm(term, selector, resource));
}

function parseFieldTerm(term: string, selector: string, resource: Resource): FieldTerm {
  const [, field = '', operator, value = ''] = /^([^=!]*)(==|=|!=)(.*)$/.exec(term) ?? [];
  if (operator === undefined) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  const known = ['metadata.name', 'metadata.namespace', ...resource.selectableFields];
  if (!known.includes(field)) {
    throw badRequest(
      resource.selectableFields.length > 0
        ? `field label not supported: ${field}`
        : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  return { field, value, equal: operator !== '!=' };
}

function fieldOf(object: KubeObject, path: string): string {
  if (path === 'source') return object.source?.component ?? object.reportingComponent ?? '';
  const value = path.split('.').reduce<Json>((inner, name) => inner?.[name], object);
  return value === undefined ? '' : String(value);
}

/** What a list or a watch is limited to; undefined when it is limited to nothing. */
export function parseSelection(query: URLSearchParams, resource: Resource): Matcher | undefined {
  const labels = query.get('labelSelector');
  const fields = query.get('fieldSelector');
  const labelTest = labels ? parseLabelSelector(labels) : undefined;
  const terms = fields ? parseFieldSelector(fields, resource) : [];
  if (labelTest === undefined && terms.length === 0) return undefined;
  return (object) =>
    (labelTest?.(object.metadata.labels ?? {}) ?? true) &&
    terms.every(({ field, value, equal }) => (fieldOf(object, field) === value) === equal);
}
