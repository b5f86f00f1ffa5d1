import { expect, test } from 'vitest';
import { isMet } from '../../../bench/report/targets.ts';
import { gateFigures, measured } from '../../../bench/scenarios/gate.ts';

const today = {
  gateShare: measured.share,
  gateCpuBeside: measured.cpuBeside,
  gatePeakRss: measured.peakMiB,
  gateWrites: 1,
  gateReads: 0,
};
const halfAsMuchAgain: typeof today = {
  gateShare: measured.share / 1.5,
  gateCpuBeside: measured.cpuBeside * 1.5,
  gatePeakRss: measured.peakMiB * 1.5,
  gateWrites: 1.5,
  gateReads: 0.5,
};
const keys = Object.keys(gateFigures) as (keyof typeof gateFigures)[];

test.each(keys)(
  '%s lets pass what is measured today, even with noise, and not what costs half as much again',
  (key) => {
    const { target } = gateFigures[key];
    const noisy = [today[key], today[key], halfAsMuchAgain[key]];
    if (target.judged === 'median') expect(isMet(target, noisy)).toBe(true);
    expect(isMet(target, [today[key]])).toBe(true);
    expect(isMet(target, [halfAsMuchAgain[key], halfAsMuchAgain[key], today[key]])).toBe(false);
  },
);
