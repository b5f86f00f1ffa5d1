import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as kubernetes from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { annotations } from '../../../src/model/names.ts';

interface Row {
  field: string;
  answer: string;
}

const repository = join(import.meta.dirname, '../../..');
const [, ...sections] = readFileSync(join(repository, 'docs/fields.md'), 'utf8').split('\n## ');

/** By the heading of their section; a row may answer several fields. */
const answered = new Map(
  sections.map((section) => {
    const [heading = ''] = section.split('\n');
    const rows = [...section.matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)];
    const each = rows.flatMap(([, fields = '', answer = '']) =>
      [...fields.matchAll(/`([^`]+)`/g)].map(([, field = '']): Row => ({ field, answer })),
    );
    return [heading, each] as const;
  }),
);
const all = [...answered.values()].flat();
const types = [...answered.keys()].filter((heading) => heading.startsWith('V1'));

/** Fields of a type of the pinned client, as they are called in JSON. */
function fieldsOf(type: string): string[] {
  const model = (kubernetes as unknown as Record<string, { getAttributeTypeMap(): { baseName: string }[] }>)[type];
  if (model === undefined) throw new Error(`the client has no type ${type}`);
  return model.getAttributeTypeMap().map(({ baseName }) => baseName);
}

/** Every word in single quotes that the deciding sources have: reasons, and others. */
function wordsOfDecisions(): Set<string> {
  const rules = join(repository, 'src/volume/rules');
  const text = readdirSync(rules)
    .map((name) => readFileSync(join(rules, name), 'utf8'))
    .join('\n');
  return new Set([...text.matchAll(/'([A-Z][A-Za-z]+)'/g)].map(([, word = '']) => word));
}

describe('the page of fields', () => {
  test.each(types)('has each field of %s, and no other', (type) => {
    const fields = (answered.get(type) ?? []).map(({ field }) => field);
    expect(fields.sort()).toEqual(fieldsOf(type).sort());
  });

  test('has the types that claims, classes and volumes are made of', () => {
    const made = ['V1PersistentVolumeClaimSpec', 'V1StorageClass', 'V1PersistentVolumeSpec'];
    expect(types).toEqual(expect.arrayContaining(made));
  });

  test('says of each annotation of Kubernetes that the daemon reads or writes that it is honoured', () => {
    const ofKubernetes = Object.values(annotations).filter((name) => name.includes('kubernetes.io/'));
    expect(ofKubernetes.length).toBeGreaterThan(4);
    const honoured = new Set(all.flatMap(({ field, answer }) => (answer.startsWith('honoured') ? [field] : [])));
    expect(ofKubernetes.filter((name) => !honoured.has(name))).toEqual([]);
  });

  test('gives each field one of the answers, with a file that exists or a reason that decisions have', () => {
    const reasons = wordsOfDecisions();
    const isAnswer = (answer: string): boolean => {
      const [, file] = /^honoured in `(src\/[\w/.-]+)`$/.exec(answer) ?? [];
      const [, reason] = /^refused with reason `(\w+)`$/.exec(answer) ?? [];
      if (file !== undefined) return existsSync(join(repository, file));
      return reason === undefined ? answer === 'no concern' : reasons.has(reason);
    };
    expect(all.length).toBeGreaterThan(80);
    expect(all.filter(({ answer }) => !isAnswer(answer))).toEqual([]);
  });
});
