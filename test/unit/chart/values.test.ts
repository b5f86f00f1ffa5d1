import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { chartValues, valuesTable } from '../../../scripts/chart/values-table.ts';
import { replaceSection } from '../../../scripts/marked-section.ts';
import { kubernetesVersions } from '../../control-plane/real/kubernetes-versions.ts';
import type { Json } from '../../support/api.ts';
import { chartValueNames } from '../../support/stable-names/chart-values.ts';

const chart = join(import.meta.dirname, '../../../charts/hostpath-provisioner');
const read = (file: string): string => readFileSync(join(chart, file), 'utf8');
const values = read('values.yaml');
const schema = JSON.parse(read('values.schema.json'));

test('The README of the chart has the values as values.yaml explains them; "npm run chart:readme" writes them', () => {
  expect(read('README.md')).toBe(replaceSection(read('README.md'), 'values', valuesTable(chartValues(values))));
});

test('A value is explained, or belongs to others that are explained together', () => {
  const explained = chartValues(values).filter(({ text }) => text !== '');
  const topLevel = Object.keys(load(values) as object);
  expect(topLevel.filter((name) => !explained.some((value) => value.name === name))).toEqual([]);
});

test('The chart asks for the oldest Kubernetes that the tests run on', () => {
  const { kubeVersion } = load(read('Chart.yaml')) as Json;
  expect(kubeVersion).toBe(`>=${kubernetesVersions()[0]?.minor}.0-0`);
});

describe('The schema', () => {
  test('has each value of values.yaml', () => {
    const known = chartValueNames();
    const names = chartValues(values).map(({ name }) => name.replace(/^(resources\.\w+)\..*/, '$1'));
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('asks for each of them, so that none is null', () => {
    expect([...schema.required].sort()).toEqual(Object.keys(load(values) as object).sort());
  });

  test('refuses unknown names in every object whose names a user does not choose', () => {
    expect(openObjects(schema, 'values')).toEqual(['values.global']); // Helm's own, in a chart that another one depends on
  });

  test('would show an object that takes any name', () => {
    expect(openObjects({ properties: { a: { type: 'object', properties: {} } } }, 'values')).toEqual(['values.a']);
  });
});

/** Objects of a schema that take names which it does not describe. */
function openObjects(found: Json, path: string): string[] {
  const { type, properties = {}, items, definitions = {}, additionalProperties } = found;
  const within = { ...properties, ...definitions, ...(items && { '[]': items }) };
  return [
    ...(type === 'object' && additionalProperties === undefined ? [path] : []),
    ...Object.entries(within).flatMap(([name, inner]) => openObjects(inner, `${path}.${name}`)),
  ];
}
