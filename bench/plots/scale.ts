/** Takes a value to its place along an axis, in the units of the drawing. */
export interface Scale {
  at(value: number): number;
  /** Values to mark on the axis, in order. */
  ticks: readonly number[];
}

/** Where an axis begins and ends in the drawing. */
export type Extent = readonly [from: number, to: number];

/** From 0 to a round number at or above `most`, in about five steps. @throws {RangeError} unless `most` is finite */
export function linearScale(most: number, [from, to]: Extent): Scale {
  if (!Number.isFinite(most)) throw new RangeError(`nothing can be drawn up to ${most}`);
  const step = roundStep(most > 0 ? most / 5 : 0.2);
  const steps = Math.max(1, Math.ceil(most / step - 1e-9));
  return {
    at: (value) => from + (value / (steps * step)) * (to - from),
    ticks: Array.from({ length: steps + 1 }, (_, index) => index * step),
  };
}

/**
 * Over the whole decades that hold both values. What lies below the first is drawn at its edge.
 * @throws {RangeError} unless both are positive and finite
 */
export function logScale(least: number, most: number, [from, to]: Extent): Scale {
  if (!(least > 0 && most >= least && Number.isFinite(most)))
    throw new RangeError(`no logarithms from ${least} to ${most}`);
  const first = Math.floor(Math.log10(least));
  const last = Math.max(first + 1, Math.ceil(Math.log10(most)));
  return {
    at: (value) => {
      const decades = Math.log10(Math.max(value, 10 ** first)) - first;
      return from + (decades / (last - first)) * (to - from);
    },
    ticks: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
  };
}

/** The least of 1, 2, 2.5 and 5, times a power of ten, that is not below. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 2.5, 5].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}
