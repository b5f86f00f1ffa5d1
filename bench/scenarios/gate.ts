import { onFreshCluster, type Repetition } from '../cluster/fresh-cluster.ts';
import type { Figures, Findings, Target } from '../report/figures.ts';
import { measureOurs } from './waiting.ts';

/** How much worse than it is a figure may be: noise stays within it, a change that costs half as much again does not. */
const allowed = 1.35;

/** What was measured on two cores when the gate was last set, medians of runs of three repetitions: `docs/performance.md`. */
export const measured = { share: 0.72, cpuBeside: 0.73, peakMiB: 100 };

const twoDigits = (value: number): number => Math.round(value * 100) / 100;
const atLeast = (value: number): Target => ({ atLeast: twoDigits(value / allowed), judged: 'median' });
const atMost = (value: number): Target => ({ atMost: twoDigits(value * allowed), judged: 'median' });

export const gateFigures = {
  gateShare: {
    text: 'gate: waiting claims, share of the best floor',
    unit: 'x floor',
    target: atLeast(measured.share),
  },
  gateCpuBeside: {
    text: "gate: CPU of the daemon beside the API server's",
    unit: 'x',
    target: atMost(measured.cpuBeside),
  },
  gatePeakRss: {
    text: 'gate: highest resident memory',
    unit: 'MiB',
    target: atMost(measured.peakMiB),
  },
  gateWrites: { text: 'gate: writes besides Events', unit: '/claim', target: { exactly: 1, judged: 'each' } },
  gateReads: { text: 'gate: reads', unit: '/claim', target: { atMost: 0.2, judged: 'each' } },
} satisfies Figures;

/** 3,000 claims wait, as in `waiting`, without other provisioners: what each change is held to. */
export async function gate(repetition: Repetition): Promise<Findings> {
  const { figures, samples } = await onFreshCluster(repetition, (fresh) =>
    measureOurs(fresh, repetition.number % 2 === 0),
  );
  const { waitingShare, waitingCpuBeside, waitingPeakRss, waitingWrites, waitingReads } = figures;
  return {
    figures: {
      gateShare: waitingShare ?? Number.NaN,
      gateCpuBeside: waitingCpuBeside ?? Number.NaN,
      gatePeakRss: waitingPeakRss ?? Number.NaN,
      gateWrites: waitingWrites ?? Number.NaN,
      gateReads: waitingReads ?? Number.NaN,
    },
    samples,
  };
}
