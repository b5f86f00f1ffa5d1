import { load } from 'js-yaml';

/** A value of a chart, with what its comment says. */
export interface ChartValue {
  /** As `--set` has it, such as `image.tag`. */
  name: string;
  /** As JSON; undefined for what only holds other values. */
  default: string | undefined;
  text: string;
}

const longestDefault = 60;
const line = /^(?<indent> *)(?<key>[\w-]+):(?: +(?<value>[^#\s].*?))?(?: +# (?<comment>.*))?$/;

/** Reads values.yaml with its comments: those above a value of the top level, and those behind a value. Lists are read as a whole. */
export function chartValues(yaml: string): ChartValue[] {
  const all = load(yaml) as Record<string, unknown>;
  const found: ChartValue[] = [];
  let above: string[] = [];
  let path: string[] = [];
  for (const text of yaml.split('\n')) {
    const { indent = '', key, value: inline, comment } = line.exec(text)?.groups ?? {};
    const depth = indent.length / 2;
    if (text.startsWith('# ')) above.push(text.slice('# '.length));
    else if (key !== undefined && depth <= path.length && isMap(valueAt(all, path.slice(0, depth)))) {
      path = [...path.slice(0, depth), key];
      const value = valueAt(all, path);
      const told = [...(depth === 0 ? above : []), ...(comment === undefined ? [] : [comment])].join(' ');
      const isParent = isMap(value) && inline === undefined;
      if (!isParent || told !== '') {
        found.push({ name: path.join('.'), default: isParent ? undefined : shown(value), text: told });
      }
    } else if (text === '') above = [];
    if (key !== undefined && depth === 0) above = [];
  }
  return found;
}

/** The values as a table in Markdown. */
export function valuesTable(values: readonly ChartValue[]): string {
  const rows = values.map(({ name, default: value, text }) => {
    const cells = [`\`${name}\``, value === undefined ? '' : `\`${value}\``, text];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| value | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const valueAt = (all: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), all);

/** A long default is better read where it stands. */
function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length <= longestDefault ? json : 'see values.yaml';
}
