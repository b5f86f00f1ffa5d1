import { range } from '../statistics.ts';
import { across, drawChart, seriesClass, upwards } from './chart.ts';
import { linearScale, logScale } from './scale.ts';
import { element, pathThrough } from './svg.ts';

export interface Samples {
  name: string;
  samples: readonly number[];
}

/** More points than this are not told apart. */
const pointsPerLine = 300;

/**
 * Which share of the samples is at or below a value, over a logarithmic axis. Samples that are not positive count, at the
 * left edge.
 */
export function drawCdf(options: { title: string; xLabel: string; series: readonly Samples[] }): string {
  const positive = options.series.flatMap(({ samples }) => samples.filter((sample) => sample > 0));
  const { least, most } = range(positive);
  const x = logScale(least, most, across);
  const y = linearScale(100, upwards);
  const marks = options.series.map(({ samples }, index) => {
    const points = sharesOf(samples).map(([value, share]) => [x.at(value), y.at(share * 100)] as const);
    return element('path', { d: pathThrough(points), class: `line ${seriesClass(index)}` });
  });
  return drawChart({
    title: options.title,
    x: { label: options.xLabel, scale: x },
    y: { label: '% of claims', scale: y },
    legend: options.series.map(({ name }) => name),
    marks,
  });
}

/** Some of the samples, from the least to the greatest, each with the share that is not above it. */
function sharesOf(samples: readonly number[]): [value: number, share: number][] {
  const sorted = [...samples].sort((a, b) => a - b);
  const count = Math.min(pointsPerLine, sorted.length);
  return Array.from({ length: count }, (_, index) => {
    const rank = Math.ceil(((index + 1) / count) * sorted.length);
    return [sorted[rank - 1] ?? Number.NaN, rank / sorted.length];
  });
}
