import { failureOf } from '../../../src/flow/failure.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import type { Look } from '../../../src/flow/reconcile.ts';
import type { EventNote } from '../../../src/kube/events/event-object.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { VolumeReport } from '../../../src/report/volume-report.ts';
import type { VolumeOutcome } from '../../../src/volume/act.ts';
import { Copies } from '../../../src/volume/copies.ts';
import { decide } from '../../../src/volume/decide.ts';
import type { Decision } from '../../../src/volume/decision.ts';
import { Notes } from '../../../src/volume/notes.ts';
import { Pools } from '../../../src/volume/pools.ts';
import type { VolumeView } from '../../../src/volume/view.ts';
import { VolumeFlow } from '../../../src/volume/volume-flow.ts';
import {
  claimView,
  node,
  ownCluster,
  provisionerNames,
  reference,
  volumeName,
  volumeView,
} from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakePool } from '../../support/fake-storage.ts';
import { atRest } from '../../support/metric-sources.ts';

export const done: Outcome = { result: 'done' };
export const waiting: Outcome = { result: 'waiting' };
export const failed = (error: unknown): Outcome => failureOf(error);
export const refused = (reason: string, message: string) => ({
  decision: { action: 'refuse', reason, message } as const,
  outcome: { result: 'refused', reason, message } as const,
});

export type VolumeLook = Look<VolumeView, Decision, VolumeOutcome>;

export const look = (changes: Partial<VolumeLook>): VolumeLook => ({
  key: volumeName,
  view: undefined,
  decision: undefined,
  outcome: done,
  failures: 0,
  durationMs: 12.3,
  ...changes,
});

/** Of a claim that waits and is provisioned, unless the test says otherwise. */
export const claimLook = (changes: Partial<VolumeLook> = {}): VolumeLook =>
  look({ view: claimView(), decision: decide(claimView()), ...changes });

/** Of a volume that is deleted, unless the test says otherwise. */
export const volumeLook = (changes: Partial<VolumeLook> = {}): VolumeLook =>
  look({ view: volumeView(), decision: { action: 'delete', reason: 'Released' }, ...changes });

/** What a flow with a memory of its own reports. */
export function recording({ waits }: { waits?: Claim } = {}) {
  const { log, lines } = capturedLog();
  const metrics = new Metrics(atRest);
  const events: EventNote[] = [];
  const report = new VolumeReport(log, metrics, { emit: (event) => void events.push(event) });
  const flow = new VolumeFlow({
    kube: new FakeKube(),
    pools: new Pools([new FakePool()]),
    notes: new Notes(),
    copies: new Copies(),
    reporter: report,
    otherNodes: { areThere: async () => false, has: async () => true },
    waiting: () => waits,
    isKnown: () => false,
    classes: new Map(),
    abandonedGraceMs: undefined,
    ownCluster: () => ownCluster,
    node,
    provisionerNames,
    erase: () => {},
    onSettled: () => {},
    onKeptChange: () => {},
  });
  return {
    report,
    looks: (...all: VolumeLook[]) => {
      for (const each of all) flow.report(each);
    },
    lines,
    events,
    text: () => metrics.text(),
    /** The counters that have counted, durations left out. */
    async counted(): Promise<string[]> {
      const text = await metrics.text();
      return text.split('\n').filter((line) => /^[a-z_]+_total\{.* [1-9]/.test(line) || /_count\{.* [1-9]/.test(line));
    },
  };
}

export const claimObject = { kind: 'PersistentVolumeClaim', ...reference };
export const volumeObject = { kind: 'PersistentVolume', name: volumeName, uid: 'volume-uid-1' };
