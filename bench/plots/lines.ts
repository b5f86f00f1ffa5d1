import { range } from '../statistics.ts';
import { across, drawChart, seriesClass, upwards } from './chart.ts';
import { linearScale } from './scale.ts';
import { element, pathThrough } from './svg.ts';

export interface Line {
  name: string;
  /** In the order of `x`; at least one. */
  points: readonly (readonly [x: number, y: number])[];
}

/** Lines over two linear axes that begin at 0, with a dot at each measured point. */
export function drawLines(options: { title: string; xLabel: string; yLabel: string; lines: readonly Line[] }): string {
  const points = options.lines.flatMap((line) => line.points);
  const x = linearScale(range(points.map(([value]) => value)).most, across);
  const y = linearScale(range(points.map(([, value]) => value)).most, upwards);
  const marks = options.lines.flatMap(({ points }, index) => {
    const places = points.map(([first, second]) => [x.at(first), y.at(second)] as const);
    return [
      element('path', { d: pathThrough(places), class: `line ${seriesClass(index)}` }),
      ...places.map(([cx, cy]) => element('circle', { cx, cy, r: 3.5, class: `bar ${seriesClass(index)}` })),
    ];
  });
  return drawChart({
    title: options.title,
    x: { label: options.xLabel, scale: x },
    y: { label: options.yLabel, scale: y },
    legend: options.lines.map(({ name }) => name),
    marks,
  });
}
