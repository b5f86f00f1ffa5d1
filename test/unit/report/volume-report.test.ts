import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { failureOf } from '../../../src/flow/failure.ts';
import { ActError, type Outcome } from '../../../src/flow/outcome.ts';
import type { Look } from '../../../src/flow/reconcile.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { EventNote } from '../../../src/kube/events/event-object.ts';
import type { Claim } from '../../../src/model/claim.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { VolumeReport } from '../../../src/report/volume-report.ts';
import { decide } from '../../../src/volume/decide.ts';
import type { Decision } from '../../../src/volume/decision.ts';
import { Notes } from '../../../src/volume/notes.ts';
import type { VolumeView } from '../../../src/volume/view.ts';
import { VolumeFlow } from '../../../src/volume/volume-flow.ts';
import {
  claimView,
  cls,
  node,
  ownCluster,
  pendingClaim,
  provisionerNames,
  reference,
  volumeName,
  volumeView,
} from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { atRest } from '../../support/metric-sources.ts';

const done: Outcome = { result: 'done' };
const waiting: Outcome = { result: 'waiting' };
const failed = (error: unknown): Outcome => failureOf(error);
const refused = (reason: string, message: string) => ({
  decision: { action: 'refuse', reason, message } as const,
  outcome: { result: 'refused', reason, message } as const,
});

type VolumeLook = Look<VolumeView, Decision>;

const look = (changes: Partial<VolumeLook>): VolumeLook => ({
  key: volumeName,
  view: undefined,
  decision: undefined,
  outcome: done,
  failures: 0,
  durationMs: 12.3,
  ...changes,
});

/** Of a claim that waits and is provisioned, unless the test says otherwise. */
const claimLook = (changes: Partial<VolumeLook> = {}): VolumeLook =>
  look({ view: claimView(), decision: decide(claimView()), ...changes });

/** Of a volume that is deleted, unless the test says otherwise. */
const volumeLook = (changes: Partial<VolumeLook> = {}): VolumeLook =>
  look({ view: volumeView(), decision: { action: 'delete', reason: 'Released' }, ...changes });

/** What a flow with a memory of its own reports. */
function recording({ waits }: { waits?: Claim } = {}) {
  const { log, lines } = capturedLog();
  const metrics = new Metrics(atRest);
  const events: EventNote[] = [];
  const report = new VolumeReport(log, metrics, { emit: (event) => void events.push(event) });
  const flow = new VolumeFlow({
    kube: new FakeKube(),
    storage: new FakeStorage(),
    notes: new Notes(),
    reporter: report,
    otherNodes: { areThere: async () => false, has: async () => true },
    waiting: () => waits,
    isKnown: () => false,
    classes: new Map(),
    baseTrouble: () => undefined,
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
    /** The counters that have counted, durations left out. */
    async counted(): Promise<string[]> {
      const text = await metrics.text();
      return text.split('\n').filter((line) => /^[a-z_]+_total\{.* [1-9]/.test(line) || /_count\{.* [1-9]/.test(line));
    },
  };
}

const claimObject = { kind: 'PersistentVolumeClaim', ...reference };
const volumeObject = { kind: 'PersistentVolume', name: volumeName, uid: 'volume-uid-1' };

describe('of a volume that waits for somebody to mend it', () => {
  const stuck = (reason: string) => volumeLook(refused(reason, 'mend it'));
  const quiet = volumeLook({ decision: { action: 'ignore', reason: 'InUse' } });

  test('the user is told once, however often it is looked at, and again when something else is wrong or it comes back', () => {
    const { looks, events } = recording();
    const lost = stuck('IdentityMissing');
    looks(stuck('VolumeFailed'), stuck('VolumeFailed'), lost, quiet, lost);
    const told = ['VolumeFailed', 'IdentityMissing', 'IdentityMissing'].map((reason) => `${reason}: mend it`);
    expect(events.map(({ message }) => message)).toEqual(told);
  });

  test('the log says that the trouble is over, once, and not before', () => {
    const { looks, lines } = recording();
    looks(stuck('VolumeFailed'), volumeLook({ outcome: failed(new ActError('Defect', 'no')) }), quiet, quiet);
    expect(lines.filter(({ level }) => level === 'info')).toMatchObject([
      { msg: 'trouble with the volume is over', volume: volumeName },
    ]);
  });

  test('nothing is over when a claim goes that was refused', () => {
    const { looks, lines } = recording();
    looks(claimLook(refused('Selector', 'no')));
    looks(
      volumeLook({ view: volumeView({ volume: undefined }), decision: { action: 'ignore', reason: 'VolumeGone' } }),
    );
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'debug']);
  });
});

test('of a class whose volumes may tear a pod apart, log and an Event of the class say what to do', () => {
  const { report, events, lines } = recording();
  report.immediateClass(cls());
  expect(events).toMatchObject([
    {
      regarding: { kind: 'StorageClass', name: 'fast', uid: 'class-uid-1' },
      type: 'Warning',
      reason: 'ImmediateBinding',
      message: expect.stringContaining('volumeBindingMode: WaitForFirstConsumer'),
    },
  ]);
  expect(lines).toMatchObject([{ level: 'warn', class: 'fast' }]);
});

test('of a claim whose selected node is given back, the user is told why and what follows, once it is done', () => {
  const { looks, events, lines } = recording();
  const decision: Decision = { action: 'giveBack', reason: 'NoSpace', message: 'the disk is full' };
  const view = claimView({ claim: { selectedNode: 'node-a' } });
  looks(claimLook({ view, decision, outcome: waiting }));
  expect(events).toEqual([]);
  looks(claimLook({ view, decision }));
  const message = expect.stringMatching(/^NoSpace: the disk is full\. .*the scheduler selects another one/);
  expect(events).toEqual([{ regarding: claimObject, type: 'Warning', reason: 'NodeGivenBack', message }]);
  expect(lines.at(-1)).toMatchObject({ level: 'warn', msg: 'selected node given back', node: 'node-a' });
});

test('a claim that asks for more than its volume has is told once for each request, and counts as no failure', async () => {
  const { looks, events, counted } = recording();
  const asks = (size: string) =>
    volumeLook({ decision: { action: 'cannotGrow', reason: 'CannotGrow', message: `asks for ${size}` } });
  looks(asks('2Gi'), asks('2Gi'), asks('3Gi'));
  const told = { regarding: claimObject, type: 'Warning', reason: 'VolumeResizeFailed' };
  expect(events).toEqual([
    { ...told, message: 'CannotGrow: asks for 2Gi' },
    { ...told, message: 'CannotGrow: asks for 3Gi' },
  ]);
  expect(await counted()).toEqual([]);
});

describe('of a claim, log, metrics and Event agree', () => {
  const provisioned = {
    regarding: claimObject,
    type: 'Normal',
    reason: 'ProvisioningSucceeded',
    message: `Successfully provisioned volume ${volumeName}`,
  };

  test('that it was provisioned', async () => {
    const { looks, lines, events, counted } = recording();
    looks(claimLook());
    expect(lines).toEqual([
      {
        level: 'info',
        msg: 'volume provisioned',
        claim: 'default/data',
        volume: volumeName,
        class: 'fast',
        reason: 'Pending',
        durationMs: 12.3,
      },
    ]);
    expect(events).toEqual([provisioned]);
    expect(await counted()).toEqual([
      'controller_persistentvolumeclaim_provision_total{class="fast",source=""} 1',
      'controller_persistentvolumeclaim_provision_duration_seconds_count{class="fast",source=""} 1',
    ]);
  });

  test('that the volume of an earlier try was found, once, and only to a claim that waits still', () => {
    const found = claimLook({ decision: { action: 'confirm', reason: 'ProvisionedEarlier' } });
    const { looks, events } = recording({ waits: pendingClaim() });
    looks(found, found);
    expect(events).toEqual([provisioned]);
    const waitsNoMore = recording();
    waitsNoMore.looks(found);
    expect(waitsNoMore.events).toEqual([]);
  });

  test.each<[string, Partial<VolumeLook>, string, string]>([
    [
      'was refused',
      { ...refused('DataSource', 'no'), view: claimView({ claim: { dataSource: 'VolumeSnapshot/daily' } }) },
      'DataSource: no',
      'class="fast",source="VolumeSnapshot"',
    ],
    [
      'failed',
      { outcome: failed(new StorageError('NoSpace', 'make room')) },
      'NoSpace: make room',
      'class="fast",source=""',
    ],
    [
      'could not even be observed',
      { view: undefined, decision: undefined, outcome: failed(new StorageError('BaseDirectoryMissing', 'mount it')) },
      'BaseDirectoryMissing: mount it',
      'class="",source=""',
    ],
  ])('that it %s', async (_, changes, message, labels) => {
    const { looks, lines, events, counted } = recording({ waits: pendingClaim() });
    looks(claimLook(changes));
    const [reason, words] = message.split(': ');
    expect(lines).toMatchObject([{ level: 'warn', msg: 'claim not provisioned', reason, message: words }]);
    expect(events).toEqual([{ regarding: claimObject, type: 'Warning', reason: 'ProvisioningFailed', message }]);
    expect(await counted()).toEqual([
      `controller_persistentvolumeclaim_provision_failed_total{${labels}} 1`,
      `hostpath_failures_total{flow="provision",reason="${reason}"} 1`,
    ]);
  });

  test.each([
    ['a class that does not exist', claimView({ class: undefined, claim: { className: 'any' } }), 'class="",source=""'],
    ['a source that is unheard of', claimView({ claim: { dataSource: 'Any/thing' } }), 'class="fast",source="other"'],
  ])('and %s becomes no label, for anybody may write one into a claim', async (_, view, labels) => {
    const { looks, counted } = recording();
    looks(claimLook({ view, ...refused('DataSource', 'create it again') }));
    expect(await counted()).toContain(`controller_persistentvolumeclaim_provision_failed_total{${labels}} 1`);
  });

  test.each<[string, Decision, Outcome]>([
    ['nothing was to be done', { action: 'ignore', reason: 'NotOurs' }, done],
    ['it waits', { action: 'wait', reason: 'NoNodeSelected' }, waiting],
    ['it was taken back', { action: 'undo', reason: 'ClaimDeleting' }, waiting],
    ['it may still get a volume', { action: 'wait', reason: 'CreationUnanswered', afterMs: 1 }, waiting],
    ['another node was first', decide(claimView()), waiting],
  ])('that %s: in the debug log alone', async (_, decision, outcome) => {
    const { looks, lines, events, counted } = recording();
    looks(claimLook({ decision, outcome }));
    expect(lines).toMatchObject([{ level: 'debug', msg: 'claim left as it is', reason: decision.reason }]);
    expect(events).toEqual([]);
    expect(await counted()).toEqual([]);
  });

  test('that it takes long', () => {
    const { report, events } = recording();
    report.claimTakesLong(reference);
    const message = 'External provisioner is provisioning volume for claim "default/data"';
    expect(events).toEqual([{ regarding: claimObject, type: 'Normal', reason: 'Provisioning', message }]);
  });
});

describe('of what a claim left behind that is gone', () => {
  const goneLook = (changes: Partial<VolumeLook> = {}) =>
    claimLook({
      view: claimView({ claim: undefined, begun: true }),
      decision: { action: 'undo', reason: 'ClaimGone' },
      outcome: waiting,
      ...changes,
    });

  test('that it was taken back: in the log alone', async () => {
    const { looks, lines, events, counted } = recording();
    looks(goneLook());
    expect(lines).toMatchObject([{ level: 'info', msg: 'unfinished directory and record removed' }]);
    expect(events).toEqual([]);
    expect(await counted()).toEqual([]);
  });

  test.each<[string, Outcome]>([
    ['refused', { result: 'refused', reason: 'DirectoryNotEmpty', message: 'look at it' }],
    ['failed', failed(new StorageError('DirectoryNotEmpty', 'look at it'))],
  ])('that the taking back %s: without Event, for there is no claim to describe', async (_, outcome) => {
    const { looks, lines, events, counted } = recording();
    looks(goneLook({ outcome }));
    expect(lines).toMatchObject([{ level: 'warn', volume: volumeName, reason: 'DirectoryNotEmpty' }]);
    expect(events).toEqual([]);
    expect(await counted()).toContain('hostpath_failures_total{flow="delete",reason="DirectoryNotEmpty"} 1');
  });

  test.each<[Decision, number | undefined]>([
    [{ action: 'wait', reason: 'Abandoned', afterMs: 60_000 }, 60_000],
    [{ action: 'discard', reason: 'Abandoned' }, undefined],
  ])('a warning while its content is abandoned: %j', (decision, afterMs) => {
    const { looks, lines, events } = recording();
    looks(goneLook({ decision, outcome: done }));
    const msg = 'directory has neither claim nor volume';
    expect(lines).toEqual([expect.objectContaining({ level: 'warn', msg, action: decision.action })]);
    expect(lines[0]?.afterMs).toBe(afterMs);
    expect(events).toEqual([]);
  });
});

describe('that an object was changed in between: nobody is warned unless that goes on', () => {
  test.each([
    ['claim', 'Conflict', 'provision', claimLook, claimObject],
    ['claim', 'AlreadyExists', 'provision', claimLook, claimObject],
    ['volume', 'Conflict', 'delete', volumeLook, volumeObject],
  ] as const)('%s, %s', async (_, apiReason, flow, lookOf, regarding) => {
    const { looks, lines, events, counted } = recording();
    const outcome = failed(new ApiError(apiReason, 'changed'));
    for (const failures of [0, 1]) looks(lookOf({ outcome, failures }));
    expect(lines.map(({ level }) => level)).toEqual(['info', 'info']);
    expect(events).toEqual([]);
    expect(await counted()).toEqual([`hostpath_failures_total{flow="${flow}",reason="ApiServer${apiReason}"} 2`]);
    looks(lookOf({ outcome, failures: 2 }));
    expect(lines.at(-1)).toMatchObject({ level: 'warn', reason: `ApiServer${apiReason}` });
    expect(events).toMatchObject([{ regarding, message: `ApiServer${apiReason}: changed` }]);
    expect((await counted()).join()).toContain(`${flow}_failed_total`);
  });
});

describe('of a volume, log, metrics and Event agree', () => {
  test('that it was deleted, which needs no Event: its object is gone', async () => {
    const { looks, lines, events, counted } = recording();
    looks(volumeLook());
    expect(lines).toMatchObject([{ level: 'info', msg: 'volume deleted', volume: volumeName, class: 'fast' }]);
    expect(events).toEqual([]);
    expect(await counted()).toEqual([
      'controller_persistentvolume_delete_total{class="fast"} 1',
      'controller_persistentvolume_delete_duration_seconds_count{class="fast"} 1',
    ]);
  });

  test('that it was refused', async () => {
    const { looks, lines, events, counted } = recording();
    looks(volumeLook(refused('PathNotOurs', 'remove it')));
    expect(lines).toMatchObject([{ level: 'warn', msg: 'volume not deleted', reason: 'PathNotOurs' }]);
    expect(events).toEqual([
      { regarding: volumeObject, type: 'Warning', reason: 'VolumeFailedDelete', message: 'PathNotOurs: remove it' },
    ]);
    expect(await counted()).toEqual([
      'controller_persistentvolume_delete_failed_total{class="fast"} 1',
      'hostpath_failures_total{flow="delete",reason="PathNotOurs"} 1',
    ]);
  });

  test.each<[string, Partial<VolumeLook>, string]>([
    ['what it left behind could not be looked at', { view: volumeView({ volume: undefined }) }, 'fast'],
    ['it could not be observed', { view: undefined, decision: undefined }, ''],
  ])('that %s: without Event, for there is no object to describe', (_, changes, className) => {
    const { looks, lines, events } = recording();
    looks(volumeLook({ outcome: failed(new StorageError('BaseDirectoryMissing', 'mount it')), ...changes }));
    expect(lines).toMatchObject([
      { level: 'warn', volume: volumeName, class: className, reason: 'BaseDirectoryMissing' },
    ]);
    expect(events).toEqual([]);
  });

  test.each<[string, Decision, 'debug' | 'info']>([
    ['nothing was to be done', { action: 'ignore', reason: 'InUse' }, 'debug'],
    ['its trash is to be erased', { action: 'erase', reason: 'VolumeGone' }, 'debug'],
    ['it waits', { action: 'wait', reason: 'ClaimLives', afterMs: 1 }, 'debug'],
    ['it was protected', { action: 'protect', reason: 'PolicyDelete' }, 'info'],
    ['it is kept', { action: 'retain', reason: 'PolicyRetain' }, 'info'],
  ])('that %s: in the log alone', async (_, decision, level) => {
    const { looks, lines, events, counted } = recording();
    looks(volumeLook({ decision }));
    expect(lines).toMatchObject([{ level, reason: decision.reason }]);
    expect(events).toEqual([]);
    expect(await counted()).toEqual([]);
  });
});

describe('of a volume in use', () => {
  const view = volumeView({ volume: { phase: 'Bound' } });
  const lossOf = (reason = 'DirectoryMissing') =>
    volumeLook({ view, decision: { action: 'reportLoss', reason, message: 'restore it' }, outcome: waiting });
  const quiet = volumeLook({ view, decision: { action: 'ignore', reason: 'InUse' } });
  const bothToldOf = (type: string, reason: string) => [
    ['PersistentVolume', type, reason],
    ['PersistentVolumeClaim', type, reason],
  ];
  const shown = (events: EventNote[]) => events.map(({ regarding, type, reason }) => [regarding.kind, type, reason]);
  const missing = bothToldOf('Warning', 'VolumeDirectoryMissing');

  test('that it has lost its directory: to those who look at the volume and to those who look at the claim', async () => {
    const { looks, lines, events, counted } = recording();
    looks(lossOf());
    expect(lines).toMatchObject([{ level: 'warn', reason: 'DirectoryMissing', message: 'restore it' }]);
    expect(shown(events)).toEqual(missing);
    const message = 'DirectoryMissing: restore it';
    expect(events.map((event) => event.message)).toEqual([message, `volume ${volumeName}: ${message}`]);
    expect(await counted()).toEqual([]);
  });

  test('that its directory is not there yet: in the debug log alone, until there is another reason', () => {
    const { looks, lines, events } = recording();
    looks(lossOf(), lossOf());
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'debug']);
    expect(shown(events)).toEqual(missing);
    looks(lossOf('AnotherBaseDirectory'));
    expect(shown(events)).toEqual([...missing, ...missing]);
  });

  test('that it has its directory again, once', () => {
    const { looks, lines, events } = recording();
    looks(lossOf(), quiet, quiet);
    expect(lines.filter(({ msg }) => msg === 'volume has its directory again')).toHaveLength(1);
    expect(shown(events)).toEqual([...missing, ...bothToldOf('Normal', 'VolumeDirectoryFound')]);
  });

  test.each<[string, VolumeLook[]]>([
    ['it was never lost', [quiet]],
    ['it is not in use any more', [lossOf(), { ...quiet, view: volumeView() }]],
    ['it is gone', [lossOf(), { ...quiet, view: volumeView({ volume: undefined }) }]],
    ['nobody knows, for it could not be observed', [lossOf(), look({ outcome: failed(new Error('no')) })]],
  ])('nothing of a directory that is in its place again when %s', (_, all) => {
    const { looks, events } = recording();
    looks(...all);
    expect(events.map(({ reason }) => reason)).not.toContain('VolumeDirectoryFound');
  });
});

describe('an API server in trouble is not sent Events about it', () => {
  test.each([
    ['it does not answer', 'Unknown', 'ApiServerUnreachable', 0],
    ['it asks us to slow down', 'TooManyRequests', 'ApiServerTooManyRequests', 0],
    ['it forbids the deed, which somebody must change', 'Forbidden', 'ApiServerForbidden', 1],
    ['it takes the volume for invalid', 'Invalid', 'ApiServerInvalid', 1],
  ] as const)('when %s', async (_, apiReason, reason, count) => {
    const outcome = failed(new ApiError(apiReason, 'cannot create volume'));
    const { looks, lines, events, counted } = recording();
    looks(claimLook({ outcome }), volumeLook({ outcome }));
    expect(lines).toMatchObject([{ reason }, { reason }]);
    expect(events.map(({ regarding }) => regarding.kind)).toEqual(
      ['PersistentVolumeClaim', 'PersistentVolume'].slice(0, 2 * count),
    );
    expect(await counted()).toContain(`hostpath_failures_total{flow="provision",reason="${reason}"} 1`);
  });
});
