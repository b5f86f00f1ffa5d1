import { expect, test } from 'vitest';
import { isMet } from '../../../bench/report/figures.ts';
import { gateTargets, measured } from '../../../bench/scenarios/gate.ts';

const today = { ...measured, waitingWrites: 1, waitingReads: 0 };
const halfAsMuchAgain: typeof today = {
  waitingShare: measured.waitingShare / 1.5,
  waitingCpuBeside: measured.waitingCpuBeside * 1.5,
  waitingPeakRss: measured.waitingPeakRss * 1.5,
  waitingWrites: 1.5,
  waitingReads: 0.5,
};

test.each(Object.keys(gateTargets) as (keyof typeof gateTargets)[])(
  '%s lets pass what is measured today, even with noise, and not what costs half as much again',
  (key) => {
    const target = gateTargets[key];
    const noisy = [today[key], today[key], halfAsMuchAgain[key]];
    if (target.judged === 'median') expect(isMet(target, noisy)).toBe(true);
    expect(isMet(target, [today[key]])).toBe(true);
    expect(isMet(target, [halfAsMuchAgain[key], halfAsMuchAgain[key], today[key]])).toBe(false);
  },
);
