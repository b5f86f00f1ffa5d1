const units = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Bytes as Kubernetes writes sizes, such as `10Gi`, with three digits that count: `12.4Gi`; with four from 1000 to 1023. */
export function shownSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; rounded(size) >= 1_024 && unit < units.length - 1; unit += 1) size /= 1_024;
  return `${rounded(size)}${units[unit]}`;
}

const rounded = (number: number): number => (number < 1_000 ? Number(number.toPrecision(3)) : Math.round(number));
