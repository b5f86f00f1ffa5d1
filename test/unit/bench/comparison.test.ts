import { expect, test } from 'vitest';
import { compared, comparisonFigures } from '../../../bench/report/comparison.ts';
import type { Figures } from '../../../bench/report/figures.ts';

const figures: Figures = { time: { text: 'a claim', unit: 'ms', target: { atMost: 9, judged: 'each' } } };

test('a contender adds what is measured of it, and ours as a multiple of that', () => {
  const ours = { figures: { time: 30, memory: 100 }, samples: { times: [30] } };
  expect(compared('peer', ours, { figures: { time: 40 }, samples: { times: [40] } })).toEqual({
    figures: { 'peer: time': 40, 'time / peer': 0.75 },
    samples: { 'peer: times': [40] },
  });
});

test('what is not measured of ours cannot be compared', () => {
  const nothing = { figures: {}, samples: {} };
  expect(() => compared('peer', nothing, { figures: { time: 40 }, samples: {} })).toThrow(/time.*peer.*not of ours/);
});

test('the target is of the multiple, and that of ours alone is not taken over', () => {
  expect(comparisonFigures('peer', figures, { time: { atMost: 0.7, judged: 'median' } })).toEqual({
    'peer: time': { text: 'a claim, peer', unit: 'ms' },
    'time / peer': { text: 'a claim, ours', unit: 'x peer', target: { atMost: 0.7, judged: 'median' } },
  });
});
