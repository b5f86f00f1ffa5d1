import { describe, expect, test } from 'vitest';
import { drawBars } from '../../../bench/plots/bars.ts';
import { drawCdf } from '../../../bench/plots/cdf.ts';
import { drawLines } from '../../../bench/plots/lines.ts';
import { drawPlots } from '../../../bench/plots/plots.ts';

const latency = 'single: claim answered to volume, ms';

/** The values of an attribute in a drawing, in their order. */
const numbersOf = (drawing: string, pattern: RegExp): number[] =>
  [...drawing.matchAll(pattern)].map(([, n]) => Number(n));

describe('bars', () => {
  const drawing = drawBars({
    title: 'rates',
    unit: 'volumes/s',
    bars: [
      { name: 'floor <16>', values: [100, 80, 90] },
      { name: 'ours', values: [45] },
    ],
  });

  test('are as high as the medians', () => {
    const [high = 0, half = 0] = numbersOf(drawing, /height="([\d.]+)" class="bar/g);
    expect(high / half).toBeCloseTo(2, 1);
  });

  test('carry names, unit, title and the medians', () => {
    for (const text of ['floor &lt;16&gt;', 'ours', 'volumes/s', '>rates<', '>90<', '>45<'])
      expect(drawing).toContain(text);
  });

  test('show the spread from the least to the most', () => {
    const [, from = 0, to = 0] = /y1="([\d.]+)" y2="([\d.]+)" class="spread"/.exec(drawing)?.map(Number) ?? [];
    const [height = 0] = numbersOf(drawing, /height="([\d.]+)" class="bar/g);
    expect(from - to).toBeCloseTo((height / 90) * 20, 0);
  });
});

describe('a distribution', () => {
  test('rises from left to right to all of the samples', () => {
    const series = [{ name: 'single', samples: [4, 1, 1_000, 2] }];
    const drawing = drawCdf({ title: 't', xLabel: 'ms', series });
    const [, path = ''] = /<path d="([^"]+)"/.exec(drawing) ?? [];
    const points = [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(points).toHaveLength(4);
    expect(points).toEqual(points.toSorted(([a = 0], [b = 0]) => a - b));
    expect(points.map(([, y = 0]) => y)).toEqual(points.map(([, y = 0]) => y).toSorted((a, b) => b - a));
  });

  test('draws a volume that was seen before the answer to its claim at the left edge', () => {
    const series = [{ name: 'single', samples: [-0.5, 0, 5, 50] }];
    expect(drawCdf({ title: 't', xLabel: 'ms', series })).toContain('d="M76 ');
  });

  test('has no more points than can be told apart, and ends with the greatest', () => {
    const samples = Array.from({ length: 10_000 }, (_, index) => index + 1);
    const drawing = drawCdf({ title: 't', xLabel: 'ms', series: [{ name: 'many', samples }] });
    const [, path = ''] = /<path d="([^"]+)"/.exec(drawing) ?? [];
    expect(path.match(/L/g)?.length).toBeLessThan(400);
    expect(path).toMatch(/L736 52$/);
  });
});

test('lines have a dot at each point', () => {
  const lines = [
    { name: 'a', points: [[0, 60] as const, [20_000, 70] as const] },
    { name: 'b', points: [[0, 50] as const] },
  ];
  expect(drawLines({ title: 't', xLabel: 'pairs', yLabel: 'MiB', lines }).match(/<circle/g)).toHaveLength(3);
});

describe('the plots of a run', () => {
  test('are those that there are findings for', () => {
    expect(drawPlots([])).toEqual({});
    const found = { figures: { waitingRate: 600 }, samples: { [latency]: [1, 2] } };
    expect(Object.keys(drawPlots([found]))).toEqual(['throughput.svg', 'latency.svg']);
  });

  test('take the samples of all repetitions, a line for each name', () => {
    const drawing = drawPlots([
      { figures: {}, samples: { [latency]: [1, 2] } },
      {
        figures: {},
        samples: {
          [latency]: [3],
          'reference: single: claim answered to volume, ms': [9],
          'churn: claim answered to volume, ms': [7],
        },
      },
    ])['latency.svg'];
    expect(drawing).toContain('>single<');
    expect(drawing).toContain('>reference: single<');
    expect(drawing).not.toContain('>churn<');
    expect(drawing?.match(/<path d="M[^L]+L[^L]+L[^L"]+"/g)).toHaveLength(1);
  });

  test('draw memory over the size of the cluster', () => {
    const drawing = drawPlots([
      { figures: { memory20000Others: 70, memory20000OthersPeak: 90, memory20000Ours: 75 }, samples: {} },
      { figures: { memory100000Others: 80, idleRss: 60 }, samples: {} },
    ])['memory.svg'];
    expect(drawing).toContain('>volumes of others<');
    expect(drawing).toContain('>volumes of ours<');
    expect(drawing).toContain('>100,000<');
    expect(drawing?.match(/<circle/g)).toHaveLength(5); // both begin without pairs
  });
});
