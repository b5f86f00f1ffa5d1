import type { Findings } from '../report/figures.ts';
import { median } from '../report/statistics.ts';
import { shortNumber, tableOf } from '../report/table.ts';
import { fleetFigures, fleetSizes } from '../scenarios/thrift.ts';

/** Fleets that nobody measures here. */
const computedSizes = [1_000, 5_000];

/** Whether a figure is one of a fleet of a size. */
export function isFleetFigure(key: string): boolean {
  return fleetSizes.some((size) => key.endsWith(`${size}`) && key.slice(0, -`${size}`.length) in fleetFigures);
}

/**
 * What a fleet takes in all, by its size, as Markdown; undefined when no fleet was measured. Larger fleets are computed: each
 * daemon more than the smallest fleet has costs what one did, on average, between the smallest fleet and the largest.
 */
export function fleetTable(repetitions: readonly Findings[]): string | undefined {
  const rows = Object.entries(fleetFigures).flatMap(([key, { text, unit }]) => {
    const measured = fleetSizes.map((size) =>
      median(repetitions.flatMap(({ figures }) => figures[`${key}${size}`] ?? [])),
    );
    if (measured.some(Number.isNaN)) return [];
    const computed = computedSizes.map((size) => extrapolated(fleetSizes, measured, size));
    return [[text, unit, ...[...measured, ...computed].map(shortNumber)]];
  });
  if (rows.length === 0) return undefined;
  const sizes = [...fleetSizes.map(String), ...computedSizes.map((size) => `${size.toLocaleString('en')} (computed)`)];
  return tableOf(['daemons', 'unit', ...sizes], rows, (column) => column >= 2);
}

/** On the straight line through the first and the last measured point; what fell by chance from one to the other stays. */
export function extrapolated(sizes: readonly number[], costs: readonly number[], size: number): number {
  const [least = Number.NaN, most = Number.NaN] = [sizes[0], sizes.at(-1)];
  const [first = Number.NaN, last = Number.NaN] = [costs[0], costs.at(-1)];
  const perDaemon = Math.max((last - first) / (most - least), 0);
  return last + (size - most) * perDaemon;
}
