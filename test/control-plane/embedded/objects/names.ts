/** Rules for names, as kube-apiserver words them. Each answers with what is wrong with a value, or with nothing. */

import type { NameRule } from './resources.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const whole = (pattern: string) => new RegExp(`^${pattern}$`);
const isLabel = whole(label);
const isSubdomain = whole(subdomain);
const isQualified = whole(qualified);
const isLabelValue = whole(`(${qualified})?`);

const mustBe = (what: string, examples: string, pattern: string) =>
  `${what} (e.g. ${examples}, regex used for validation is '${pattern}')`;

const subdomainRule = mustBe(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  "'example.com'",
  subdomain,
);
const labelRule = mustBe(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  "'my-name',  or '123-abc'",
  label,
);
const alphanumeric =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const qualifiedExamples = "'MyName',  or 'my.name',  or '123-abc'";

export function subdomainProblems(value: string): string[] {
  const problems = value.length > 253 ? ['must be no more than 253 characters'] : [];
  if (!isSubdomain.test(value)) problems.push(subdomainRule);
  return problems;
}

export function labelProblems(value: string): string[] {
  const problems = value.length > 63 ? ['must be no more than 63 bytes'] : [];
  if (!isLabel.test(value)) problems.push(labelRule);
  return problems;
}

function pathSegmentProblems(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((illegal) => value.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
}

/** For keys of labels and annotations, finalizers and provisioner names: a name, perhaps after `prefix/`. */
export function qualifiedNameProblems(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) {
    const rule = mustBe(`a valid label key must ${alphanumeric}`, qualifiedExamples, qualified);
    return [`${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  const problems: string[] = [];
  if (parts.length === 2) problems.push(...prefixProblems(parts[0] ?? ''));
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push('name part must be no more than 63 bytes');
  if (!isQualified.test(name)) problems.push(mustBe(`name part must ${alphanumeric}`, qualifiedExamples, qualified));
  return problems;
}

function prefixProblems(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return subdomainProblems(prefix).map((problem) => `prefix part ${problem}`);
}

export function labelValueProblems(value: string): string[] {
  const problems = value.length > 63 ? ['must be no more than 63 bytes'] : [];
  if (!isLabelValue.test(value)) {
    const rule = `a valid label must be an empty string or ${alphanumeric}`;
    problems.push(mustBe(rule, "'MyValue',  or 'my_value',  or '12345'", `(${qualified})?`));
  }
  return problems;
}

export const nameProblems: Record<NameRule, (value: string) => string[]> = {
  subdomain: subdomainProblems,
  label: labelProblems,
  'path segment': pathSegmentProblems,
};

/** Whether a prefix for a generated name may be followed by a suffix, so that it may end in a dash. */
export const generateNameProblems = (rule: NameRule, prefix: string): string[] =>
  nameProblems[rule](prefix.replace(/-$/, 'a'));
