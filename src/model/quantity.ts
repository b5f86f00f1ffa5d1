const factors: Record<string, number> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const shownUnits = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** A size for people, such as `1.5 GiB`. */
export function shownBytes(bytes: number): string {
  let size = bytes / 1_024;
  let unit = 0;
  for (; size >= 1_024 && unit < shownUnits.length - 1; unit += 1) size /= 1_024;
  return `${Number(size.toPrecision(size >= 1_000 ? 4 : 3))} ${shownUnits[unit]}`;
}

/** Whether one quantity is larger than another. False if one of them is missing or invalid. */
export function isLarger(quantity: string | undefined, other: string | undefined): boolean {
  return (quantityBytes(quantity ?? '') ?? Number.NaN) > (quantityBytes(other ?? '') ?? Number.NaN);
}

/** The largest of some quantities, as it is written; the first of equal ones. Undefined if none of them is valid. */
export function largest(...quantities: (string | undefined)[]): string | undefined {
  const valid = quantities.filter((quantity) => quantity !== undefined && quantityBytes(quantity) !== undefined);
  return valid.reduce((most, quantity) => (isLarger(quantity, most) ? quantity : most), valid[0]);
}

/** A Kubernetes quantity of storage such as `1Gi`, `500M` or `2e9`, in bytes; undefined for any other text. */
export function quantityBytes(text: string): number | undefined {
  const [, number, exponent = '', suffix = ''] = /^(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|([a-zA-Z]*))$/.exec(text) ?? [];
  const factor = Object.hasOwn(factors, suffix) ? factors[suffix] : undefined;
  return number === undefined || factor === undefined ? undefined : Number(`${number}${exponent}`) * factor;
}

/** The smallest quantity in whole `Mi`, or from 1 GiB on in whole `Gi`, that is not less than a number of bytes. */
export function quantityFor(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)}Mi` : `${Math.ceil(bytes / 2 ** 30)}Gi`;
}
