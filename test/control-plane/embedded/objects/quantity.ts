/** Resource quantities such as `1Gi`: read, compared and written in the API's canonical form. */

const pattern = /^([+-]?)([0-9]*)\.?([0-9]*)(.*)$/;
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const nano = 1_000_000_000n;

interface Quantity {
  /** The value in billionths, rounded away from zero. */
  nanos: bigint;
  form: 'binary' | 'decimal' | 'exponent';
}

/** Undefined when `text` is no quantity. */
export function parseQuantity(text: string): Quantity | undefined {
  const [, sign, whole = '', fraction = '', suffix = ''] = pattern.exec(text) ?? [];
  if (whole + fraction === '') return undefined;
  const scale = scaleOf(suffix);
  if (scale === undefined) return undefined;
  const numerator = BigInt(whole + fraction) * scale.numerator * nano;
  const denominator = 10n ** BigInt(fraction.length) * scale.denominator;
  const nanos = (numerator + denominator - 1n) / denominator;
  return { nanos: sign === '-' ? -nanos : nanos, form: scale.form };
}

function scaleOf(suffix: string): { numerator: bigint; denominator: bigint; form: Quantity['form'] } | undefined {
  const binaryPower = binary.indexOf(suffix);
  if (binaryPower > 0) return { numerator: 1024n ** BigInt(binaryPower), denominator: 1n, form: 'binary' };
  const decimalPower = decimal.indexOf(suffix) - 3;
  if (decimalPower >= -3) return { ...powerOfTen(3 * decimalPower), form: 'decimal' };
  const exponent = /^[eE]([+-]?[0-9]+)$/.exec(suffix)?.[1];
  return exponent === undefined ? undefined : { ...powerOfTen(Number(exponent)), form: 'exponent' };
}

const powerOfTen = (power: number) =>
  power < 0
    ? { numerator: 1n, denominator: 10n ** BigInt(-power) }
    : { numerator: 10n ** BigInt(power), denominator: 1n };

/** The canonical form: the largest suffix that leaves a whole number. Undefined when `text` is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text);
  if (quantity === undefined) return undefined;
  const { nanos, form } = quantity;
  if (nanos === 0n) return '0';
  const magnitude = nanos < 0n ? -nanos : nanos;
  const written = form === 'binary' && magnitude >= 1024n * nano ? inBinary(magnitude) : inDecimal(magnitude, form);
  return nanos < 0n ? `-${written}` : written;
}

function inBinary(magnitude: bigint): string {
  let value = (magnitude + nano - 1n) / nano;
  let power = 0;
  while (value % 1024n === 0n && power < binary.length - 1) {
    value /= 1024n;
    power++;
  }
  return `${value}${binary[power]}`;
}

function inDecimal(magnitude: bigint, form: Quantity['form']): string {
  let value = magnitude;
  let index = 0;
  while (value % 1000n === 0n && index < decimal.length - 1) {
    value /= 1000n;
    index++;
  }
  const power = 3 * (index - 3);
  if (form === 'exponent') return power === 0 ? `${value}` : `${value}e${power}`;
  return `${value}${decimal[index]}`;
}

/** Negative, zero or positive as `left` is less than, equal to or greater than `right`. */
export function compareQuantities(left: string, right: string): number {
  const difference = nanosOf(left) - nanosOf(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The value as validation writes it: whole, rounded away from zero. */
export function bytesOf(text: string): number {
  const nanos = nanosOf(text);
  return Number((nanos < 0n ? nanos - nano + 1n : nanos + nano - 1n) / nano);
}

function nanosOf(text: string): bigint {
  return parseQuantity(text)?.nanos ?? 0n;
}
