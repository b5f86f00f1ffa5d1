import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DocumentedField {
  /** As in `volumes[].usedBytes`; `*` stands for any name. */
  path: string;
  mayBeAbsent: boolean;
}

/** The fields of one kind of document, as docs/json.md lists them. */
export function documentedFields(kind: string): DocumentedField[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/json.md'), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith(`${kind}\n`)) ?? '';
  const rows = [...section.matchAll(/^\| `(?<path>\S+)` \| .+? \| ?(?<absent>.*?) ?\|$/gm)];
  return rows.map(({ groups = {} }) => ({ path: groups.path ?? '', mayBeAbsent: groups.absent !== '' }));
}

/** The fields that a document has, in the form of the page. The names in `open` objects are data. */
export function fieldsOf(value: unknown, open: readonly string[] = [], path = ''): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((entry) => [...fieldsOf(entry, open, `${path}[]`)]));
  if (typeof value !== 'object' || value === null) return new Set([path]);
  const fields = Object.entries(value).flatMap(([name, inner]) => {
    const shown = open.includes(path) ? '*' : name;
    return [...fieldsOf(inner, open, path === '' ? shown : `${path}.${shown}`)];
  });
  return new Set(fields);
}
