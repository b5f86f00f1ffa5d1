import { median, range } from '../statistics.ts';
import { across, drawChart, seriesClass, tickText, upwards } from './chart.ts';
import { linearScale } from './scale.ts';
import { element, textElement } from './svg.ts';

export interface Bar {
  name: string;
  /** One from each repetition; at least one. */
  values: readonly number[];
}

/** A bar as high as the median for each contender, with a line from the least to the most. */
export function drawBars({ title, unit, bars }: { title: string; unit: string; bars: readonly Bar[] }): string {
  const most = range(bars.flatMap(({ values }) => values)).most;
  const scale = linearScale(most, upwards);
  const room = (across[1] - across[0]) / bars.length;
  const marks = bars.flatMap(({ name, values }, index) => {
    const middle = across[0] + (index + 0.5) * room;
    const top = scale.at(median(values));
    const { least, most } = range(values);
    const barWidth = Math.min(room * 0.6, 90);
    return [
      element('rect', {
        x: middle - barWidth / 2,
        y: top,
        width: barWidth,
        height: upwards[0] - top,
        class: `bar ${seriesClass(index)}`,
      }),
      element('line', { x1: middle, x2: middle, y1: scale.at(least), y2: scale.at(most), class: 'spread' }),
      textElement(tickText(Math.round(median(values))), { x: middle + 5, y: top - 5, class: 'legend' }),
      textElement(name, { x: middle, y: upwards[0] + (index % 2 === 0 ? 20 : 38), 'text-anchor': 'middle' }),
    ];
  });
  return drawChart({ title, x: undefined, y: { label: unit, scale }, legend: [], marks });
}
