import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lists } from '../../src/plugin/lists/lists.ts';
import { type DocumentedField, documentedFields, fieldsOf } from '../support/documented-fields.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

/** Interfaces by name, each with the text between its braces, and the fields of the one that it extends before its own. */
function interfacesIn(source: string): Map<string, string> {
  const found = new Map<string, string>();
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  for (const [, name = '', base = '', body = ''] of code.matchAll(
    /^export interface (\w+)(?: extends (\w+))? \{\n([\s\S]*?)^\}/gm,
  )) {
    found.set(name, (found.get(base) ?? '') + body);
  }
  return found;
}

/** The fields that an interface has, in the form of the page. */
function declaredFields(interfaces: Map<string, string>, name: string): DocumentedField[] {
  return fieldsIn(interfaces, interfaces.get(name) ?? '', '', false);
}

function fieldsIn(
  interfaces: Map<string, string>,
  body: string,
  prefix: string,
  isOptional: boolean,
): DocumentedField[] {
  return [...body.matchAll(/(\w+)(\?)?: (\{[^{}]*\}|[^;]+);/g)].flatMap(([, name = '', mark, type = '']) => {
    const mayBeAbsent = isOptional || mark !== undefined;
    const [, element = type, array = ''] = /^(\w+)(\[\])$/.exec(type) ?? [];
    const path = `${prefix}${name}${array}`;
    if (type.startsWith('Record<')) return [{ path: `${path}.*`, mayBeAbsent: true }];
    const inner = type.startsWith('{') ? type.slice(1, -1).replace(/ ?$/, ';') : interfaces.get(element);
    return inner === undefined ? [{ path, mayBeAbsent }] : fieldsIn(interfaces, inner, `${path}.`, mayBeAbsent);
  });
}

const byPath = (fields: DocumentedField[]): DocumentedField[] => fields.toSorted((a, b) => (a.path < b.path ? -1 : 1));

describe('docs/json.md has each field of the document, and says which may be absent:', () => {
  test.each([
    ['NodeStatus', 'src/model/node-status.ts'],
    ['NodeDirectories', 'src/model/node-directories.ts'],
  ])('%s', (kind, source) => {
    const declared = declaredFields(interfacesIn(read(source)), kind);
    expect(declared.length).toBeGreaterThan(10);
    expect(byPath(documentedFields(kind))).toEqual(byPath(declared));
  });
});

describe('docs/json.md has each field of the lists that the plugin prints, and says which may be absent:', () => {
  const interfaces = interfacesIn(read('src/plugin/rows/rows.ts'));
  test.each(Object.values(lists).map(({ kind }) => kind))('%s', (kind) => {
    const ofRow = declaredFields(interfaces, kind.replace(/List$/, ''));
    const inList = ofRow.map(({ path, mayBeAbsent }) => ({ path: `items[].${path}`, mayBeAbsent }));
    const declared = [...['apiVersion', 'kind'].map((path) => ({ path, mayBeAbsent: false })), ...inList];
    expect(ofRow.length).toBeGreaterThan(7);
    expect(byPath(documentedFields(kind))).toEqual(byPath(declared));
  });
});

test('docs/json.md has each field of what doctor prints, and says which may be absent', () => {
  const fields = declaredFields(interfacesIn(read('src/plugin/doctor/finding.ts')), 'Finding');
  const inList = fields.map(({ path, mayBeAbsent }) => ({ path: `items[].${path}`, mayBeAbsent }));
  const declared = [...['apiVersion', 'kind'].map((path) => ({ path, mayBeAbsent: false })), ...inList];
  expect(fields.length).toBe(5);
  expect(byPath(documentedFields('FindingList'))).toEqual(byPath(declared));
});

test('fields of a document are told by their paths', () => {
  const document = { a: 1, b: [{ c: true }, { d: [] }, { d: ['x'] }], e: { any: 1 }, f: {} };
  expect([...fieldsOf(document, ['e'])].sort()).toEqual(['a', 'b[].c', 'b[].d[]', 'e.*']);
});
