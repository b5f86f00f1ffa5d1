import { changingCalls, systemCalls } from '../daemon/strace.ts';

/** How much of everything that can be run is run. */
export interface Share {
  /** Of the points of this scenario, at every so many a kill is tried. */
  kills: (scenario: string) => number;
  /** Of the faults that are no kills, every so many at the points of this scenario are tried, 0 for none. */
  harms: (scenario: string) => number;
  /** Of each kill of these scenarios, followed by each kill in the recovery from it, every so many are run; 0 for none. */
  pairs: Record<string, number>;
  /** Scenarios in which the kernel kills at each of these system calls (needs strace). */
  killsByKernel: { scenarios: string[]; at: string[] };
  /** Scenarios in which a restart meets an API server that has gone back in time. */
  travels: (scenario: string) => boolean;
  /** How many random schedules. */
  random: number;
  /** Whether the harness is proven by bugs that are planted in the daemon. */
  planted: boolean;
  /** Whether docs/crash-table.md is compared with what the daemon does. */
  crashTable: boolean;
  /** Which scenarios are enumerated; the quick ones are all but those with very many points. */
  scenarios: 'none' | 'quick' | 'all';
}

const usual = ['one-claim', 'one-deletion'];

const nothing: Share = {
  kills: () => 1,
  harms: () => 0,
  pairs: {},
  killsByKernel: { scenarios: [], at: [] },
  travels: () => false,
  random: 0,
  planted: false,
  crashTable: false,
  scenarios: 'none',
};

export const shares = {
  /** Shows in a minute that the harness works, and what the real control plane makes of the scenarios. */
  few: { ...nothing, scenarios: 'quick' },
  /** The planted bugs alone. */
  planted: { ...nothing, planted: true },
  /** Random schedules alone, for as many as are asked for. */
  random: { ...nothing, random: 10_000 },
  /** Before each change: five minutes on two cores. Each harm comes at some points, and at each point come some. */
  ci: {
    // Its points are mostly those of a start, and it waits longer than others.
    kills: (scenario) => (scenario === 'two-pools' ? 3 : 1),
    harms: (scenario) => (scenario === 'one-claim' ? 3 : 0),
    pairs: { 'one-claim': 192 },
    killsByKernel: { scenarios: ['one-claim'], at: changingCalls },
    travels: (scenario) => usual.includes(scenario),
    random: 60,
    planted: false,
    crashTable: true,
    scenarios: 'quick',
  },
  /** Everything. */
  night: {
    kills: () => 1,
    harms: () => 1,
    pairs: { 'one-claim': 1, 'one-deletion': 1 },
    killsByKernel: { scenarios: usual, at: systemCalls },
    travels: () => true,
    random: 10_000,
    planted: true,
    crashTable: true,
    scenarios: 'all',
  },
} satisfies Record<string, Share>;

export type ShareName = keyof typeof shares;
