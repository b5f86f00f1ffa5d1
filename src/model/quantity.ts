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

/** Whether one quantity is larger than another. False if one of them is missing or invalid. */
export function isLarger(quantity: string | undefined, other: string | undefined): boolean {
  return (quantityBytes(quantity ?? '') ?? Number.NaN) > (quantityBytes(other ?? '') ?? Number.NaN);
}

/** A Kubernetes quantity of storage such as `1Gi`, `500M` or `2e9`, in bytes; undefined for any other text. */
export function quantityBytes(text: string): number | undefined {
  const [, number, exponent = '', suffix = ''] = /^(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|([a-zA-Z]*))$/.exec(text) ?? [];
  const factor = Object.hasOwn(factors, suffix) ? factors[suffix] : undefined;
  return number === undefined || factor === undefined ? undefined : Number(`${number}${exponent}`) * factor;
}
