import { expect } from 'vitest';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { until } from '../support/until.ts';

/** What `kubectl describe` shows of an Event. */
export interface Told {
  kind: string;
  name: string;
  reason: string;
  message: string;
}

/** Waits until there is each of these Events, of whatever namespace. */
export async function untilTold(cluster: TestCluster, expected: Told[]): Promise<void> {
  const check = async () => {
    expect(await allEvents(cluster)).toEqual(expect.arrayContaining(expected));
    return true;
  };
  await until('the expected Events are there', check, { withinMs: 120_000, everyMs: 500 });
}

/** Every Event that there is. */
export async function allEvents({ api }: TestCluster): Promise<Told[]> {
  const events = await api.list('/api/v1/events');
  return events.map(({ involvedObject: { kind, name }, reason, message }) => ({ kind, name, reason, message }));
}
