import { dump } from 'js-yaml';
import { printable } from './printable.ts';

/** The document as YAML. Its texts have escapes in place of characters that do not belong in a terminal. */
export const yamlText = (document: unknown): string => dump(harmless(document), { lineWidth: -1 }).trimEnd();

function harmless(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(harmless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, harmless(item)]));
}
