import { printable } from '../output/printable.ts';

/** Text that is markup already, and is not escaped again. Only `html` makes it. */
export class Html {
  readonly text: string;

  /** @internal */
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may contain. Nothing is shown for undefined. */
export type Part = Html | string | number | undefined | readonly Part[];

/**
 * A template of markup: whatever it contains is escaped, except other templates. Attributes need double quotes. The line breaks of the
 * template itself are left out, with the spaces after them: a browser makes a node of each.
 */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const strings = withoutLines(template);
  let text = strings[0] ?? '';
  for (let index = 0; index < parts.length; index += 1) text += markup(parts[index]) + strings[index + 1];
  return new Html(text);
}

const known = new WeakMap<TemplateStringsArray, string[]>();

function withoutLines(template: TemplateStringsArray): string[] {
  let strings = known.get(template);
  if (strings === undefined) {
    strings = template.map((text) => text.replaceAll(/\n\s*/g, ''));
    known.set(template, strings);
  }
  return strings;
}

function markup(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escaped(part);
  let text = '';
  for (const each of part) text += markup(each);
  return text;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Names can look like others by characters that do not show, or that turn the text around them: `printable` makes them visible. */
const escaped = (text: string): string =>
  harmless.test(text) ? text : printable(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');

/** Most names and numbers need no second look. */
const harmless = /^[\w ./:-]*$/;
