import { onFreshCluster } from '../cluster/fresh-cluster.ts';
import type { Figures, Target } from '../report/figures.ts';
import type { Scenario } from './scenario.ts';
import { measureOurs, waiting } from './waiting.ts';

/** How much worse a figure may be: noise stays within it, a change that costs half as much again does not. */
const allowed = 1.35;

/** Medians of three repetitions on two cores, from when the gate was last set: `docs/performance.md`. */
export const measured = { waitingShare: 0.72, waitingCpuBeside: 0.73, waitingPeakRss: 100 };

const twoDigits = (value: number): number => Math.round(value * 100) / 100;
const atMost = (value: number): Target => ({ atMost: twoDigits(value * allowed), judged: 'median' });

/** By the keys of the figures of `waiting`. */
export const gateTargets = {
  waitingShare: { atLeast: twoDigits(measured.waitingShare / allowed), judged: 'median' },
  waitingCpuBeside: atMost(measured.waitingCpuBeside),
  waitingPeakRss: atMost(measured.waitingPeakRss),
  waitingWrites: { exactly: 1, judged: 'each' },
  waitingReads: { atMost: 0.2, judged: 'each' },
} satisfies Record<string, Target>;

const gateKey = (key: string): string => `gate: ${key}`;

function gateFigures(): Figures {
  const figures: Figures = {};
  for (const [key, target] of Object.entries(gateTargets)) {
    const { text = key, unit = '' } = waiting.figures[key] ?? {};
    figures[gateKey(key)] = { text: `gate: ${text}`, unit, target };
  }
  return figures;
}

/** What each change is held to: 3,000 claims wait, as in `waiting`, without other provisioners. */
export const gate: Scenario = {
  figures: gateFigures(),
  async run(repetition) {
    const { figures, samples } = await onFreshCluster(repetition, (fresh) =>
      measureOurs(fresh, repetition.number % 2 === 0),
    );
    const found = Object.keys(gateTargets).map((key) => [gateKey(key), figures[key] ?? Number.NaN]);
    return { figures: Object.fromEntries(found), samples };
  },
};
