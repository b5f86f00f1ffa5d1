import { changingCalls, systemCalls } from '../daemon/strace.ts';

/** How much of everything that can be run is run. */
export interface Share {
  /** Scenarios at whose points all faults are tried; at the points of the others, that these do not have, kills alone. */
  thorough: (scenario: string) => boolean;
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
  thorough: () => false,
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
  /** Before each change: less than ten minutes on two cores. */
  ci: {
    thorough: (scenario) => scenario === 'one-claim',
    pairs: { 'one-claim': 192 },
    killsByKernel: { scenarios: ['one-claim'], at: changingCalls },
    travels: (scenario) => usual.includes(scenario),
    random: 120,
    planted: false,
    crashTable: true,
    scenarios: 'quick',
  },
  /** Everything. */
  night: {
    thorough: () => true,
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
