import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as kubernetes from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { type Answer, answeredAnnotations, answeredFields } from '../../../src/model/answered-fields.ts';
import { annotations } from '../../../src/model/names.ts';

const sources = join(import.meta.dirname, '../../../src');
const all: [field: string, answer: Answer][] = [
  ...Object.entries(answeredFields).flatMap(([type, fields]) =>
    Object.entries(fields).map(([field, answer]): [string, Answer] => [`${type}.${field}`, answer]),
  ),
  ...Object.entries(answeredAnnotations),
];

/** Fields of a type of the pinned client, as they are called in JSON. */
function fieldsOf(type: string): string[] {
  const model = (kubernetes as unknown as Record<string, { getAttributeTypeMap(): { baseName: string }[] }>)[type];
  if (model === undefined) throw new Error(`the client has no type ${type}`);
  return model.getAttributeTypeMap().map(({ baseName }) => baseName);
}

/** Every word in single quotes that the deciding sources have: reasons, and others. */
function wordsOfDecisions(): Set<string> {
  const rules = join(sources, 'volume/rules');
  const text = readdirSync(rules)
    .map((name) => readFileSync(join(rules, name), 'utf8'))
    .join('\n');
  return new Set([...text.matchAll(/'([A-Z][A-Za-z]+)'/g)].map(([, word = '']) => word));
}

describe('the table of answered fields', () => {
  test.each(Object.keys(answeredFields))('has each field of %s, and no other', (type) => {
    expect(Object.keys(answeredFields[type] ?? {}).sort()).toEqual(fieldsOf(type).sort());
  });

  test('has the types that claims, classes and volumes are made of', () => {
    expect(Object.keys(answeredFields)).toEqual(
      expect.arrayContaining(['V1PersistentVolumeClaimSpec', 'V1StorageClass', 'V1PersistentVolumeSpec']),
    );
  });

  test('says of each annotation of Kubernetes that the daemon reads or writes that it is honoured', () => {
    const ofKubernetes = Object.values(annotations).filter((name) => name.includes('kubernetes.io/'));
    expect(ofKubernetes.length).toBeGreaterThan(4);
    expect(ofKubernetes.filter((name) => answeredAnnotations[name]?.answer !== 'honoured')).toEqual([]);
  });

  test('names files that exist', () => {
    const files = all.flatMap(([field, answer]) => (answer.answer === 'honoured' ? [{ field, file: answer.in }] : []));
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter(({ file }) => !existsSync(join(sources, file)))).toEqual([]);
  });

  test('names reasons that decisions have', () => {
    const reasons = wordsOfDecisions();
    const refused = all.flatMap(([field, answer]) =>
      answer.answer === 'refused' ? [{ field, reason: answer.reason }] : [],
    );
    expect(refused.length).toBeGreaterThan(5);
    expect(refused.filter(({ reason }) => !reasons.has(reason))).toEqual([]);
  });
});
