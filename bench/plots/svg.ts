type Attributes = Record<string, string | number>;

/** One element of a drawing, as text. Attributes and plain text are escaped; children are elements already. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(valueText(key, value))}"`);
  return children.length === 0
    ? `<${name}${list.join('')}/>`
    : `<${name}${list.join('')}>${children.join('')}</${name}>`;
}

export function textElement(text: string, attributes: Attributes): string {
  return element('text', attributes, [escaped(text)]);
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A line through points, broken nowhere. */
export function pathThrough(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${number(x)} ${number(y)}`).join('');
}

function valueText(key: string, value: string | number): string {
  return typeof value === 'string' ? value : number(value, key);
}

/** To a tenth of a pixel. @throws {RangeError} for what would not be drawn, without a word */
function number(value: number, what = 'a point'): string {
  if (!Number.isFinite(value)) throw new RangeError(`${what} cannot be drawn at ${value}`);
  return String(Math.round(value * 10) / 10);
}
