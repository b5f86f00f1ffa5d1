import { expect, test } from 'vitest';
import { parseFault } from '../../faults/fault.ts';
import { harmsAt } from '../../faults/points.ts';
import { randomSchedule } from '../../faults/runs/random-schedule.ts';
import { scenarioNamed } from '../../faults/scenarios/scenarios.ts';

const seeds = Array.from({ length: 500 }, (_, seed) => seed);

test('a seed means the same schedule each time, and another seed another one', () => {
  const texts = seeds.map((seed) => JSON.stringify(randomSchedule(seed)));
  expect(seeds.map((seed) => JSON.stringify(randomSchedule(seed)))).toEqual(texts);
  expect(new Set(texts).size).toBeGreaterThan(450);
});

test('every fault of a schedule is one that can happen at its point', () => {
  for (const { faults } of seeds.map(randomSchedule)) {
    for (const fault of faults.map(parseFault)) expect(harmsAt(fault)).toContain(fault.harm);
  }
});

test('a fault after a kill is for the next life', () => {
  for (const { faults } of seeds.map(randomSchedule)) {
    let life = 1;
    for (const fault of faults.map(parseFault)) {
      expect(fault.life).toBe(life);
      if (fault.harm === 'before' || fault.harm === 'after') life += 1;
    }
  }
});

test('a scenario that needs a world for itself has no other beside it', () => {
  const mixed = seeds.map(randomSchedule).filter(({ scenarios }) => scenarios.length > 1);
  expect(mixed.length).toBeGreaterThan(100);
  expect(mixed.flatMap(({ scenarios }) => scenarios).filter((name) => scenarioNamed(name).alone)).toEqual([]);
});
