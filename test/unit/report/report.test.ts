import { describe, expect, test } from 'vitest';
import type { DeleteDecision } from '../../../src/delete/decide.ts';
import { type Erasure, StorageError } from '../../../src/disk/port.ts';
import { failureOf } from '../../../src/flow/failure.ts';
import { ActError, type Outcome } from '../../../src/flow/outcome.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { EventNote } from '../../../src/kube/events/event-object.ts';
import { decideProvision, type ProvisionDecision } from '../../../src/provision/decide.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { type ClaimReport, Recorder, type VolumeReport } from '../../../src/report/report.ts';
import { claimView, cls, reference, volumeName, volumeView } from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { atRest } from '../../support/metric-sources.ts';

function recording() {
  const { log, lines } = capturedLog();
  const metrics = new Metrics(atRest);
  const events: EventNote[] = [];
  const recorder = new Recorder(log, metrics, { emit: (event) => void events.push(event) });
  return {
    recorder,
    metrics,
    lines,
    events,
    /** The counters that have counted, durations left out. */
    async counted(): Promise<string[]> {
      const text = await metrics.text();
      return text.split('\n').filter((line) => /^[a-z_]+_total\{.* [1-9]/.test(line) || /_count\{.* [1-9]/.test(line));
    },
  };
}

const done: Outcome = { result: 'done' };
const failed = (error: unknown): Outcome => failureOf(error);

const claimReport = (changes: Partial<ClaimReport> = {}): ClaimReport => ({
  reference,
  view: claimView(),
  decision: decideProvision(claimView()),
  outcome: done,
  volumeIsNews: false,
  failures: 0,
  durationMs: 12.3,
  ...changes,
});

const volumeReport = (changes: Partial<VolumeReport> = {}): VolumeReport => ({
  name: volumeName,
  view: volumeView(),
  decision: { action: 'delete', reason: 'Released' },
  outcome: done,
  failures: 0,
  wasLost: false,
  lossIsNews: false,
  durationMs: 12.3,
  ...changes,
});

const claimObject = { kind: 'PersistentVolumeClaim', ...reference };
const volumeObject = { kind: 'PersistentVolume', name: volumeName, uid: 'volume-uid-1' };

describe('of a volume that waits for somebody to mend it', () => {
  const stuck = (reason: string, message: string): VolumeReport =>
    volumeReport({ decision: { action: 'refuse', reason, message }, outcome: { result: 'refused', reason, message } });
  const quiet = volumeReport({ decision: { action: 'ignore', reason: 'InUse' } });

  test('the user is told once, however often it is looked at, and again when something else is wrong or it comes back', () => {
    const { recorder, events } = recording();
    for (const _ of ['at first', 'after a new list']) recorder.volume(stuck('VolumeFailed', 'delete it'));
    recorder.volume(stuck('IdentityMissing', 'annotate it'));
    recorder.volume(quiet);
    recorder.volume(stuck('IdentityMissing', 'annotate it'));
    const texts = ['VolumeFailed: delete it', 'IdentityMissing: annotate it', 'IdentityMissing: annotate it'];
    expect(events.map(({ message }) => message)).toEqual(texts);
  });

  test('the log says that it is mended, once', () => {
    const { recorder, lines } = recording();
    recorder.volume(stuck('VolumeFailed', 'delete it'));
    for (const _ of ['mended', 'another look']) recorder.volume(quiet);
    expect(lines.filter(({ level }) => level === 'info')).toMatchObject([
      { msg: 'volume needs nobody to mend it any more', volume: volumeName },
    ]);
  });
});

test('of a class whose volumes may tear a pod apart, log and an Event of the class say what to do', () => {
  const { recorder, events, lines } = recording();
  recorder.immediateClass(cls());
  expect(events).toMatchObject([
    {
      regarding: { kind: 'StorageClass', name: 'fast', uid: 'class-uid-1' },
      type: 'Warning',
      reason: 'ImmediateBinding',
      message: expect.stringContaining('Make the class again with volumeBindingMode: WaitForFirstConsumer'),
    },
  ]);
  expect(lines).toMatchObject([{ level: 'warn', msg: 'class does not wait for the first consumer', class: 'fast' }]);
});

test('of a claim whose selected node is given back, the user is told why and what follows, once it is done', () => {
  const { recorder, events, lines } = recording();
  const decision: ProvisionDecision = { action: 'giveBack', reason: 'NoSpace', message: 'the disk is full' };
  const view = claimView({ claim: { selectedNode: 'node-a' } });
  recorder.claim(claimReport({ view, decision, outcome: { result: 'waiting' } }));
  expect(events).toEqual([]);
  recorder.claim(claimReport({ view, decision }));
  expect(events).toEqual([
    {
      regarding: claimObject,
      type: 'Warning',
      reason: 'NodeGivenBack',
      message:
        'NoSpace: the disk is full. The selected node was taken off this claim, so that the scheduler selects one anew',
    },
  ]);
  expect(lines.at(-1)).toMatchObject({ level: 'warn', msg: 'selected node given back', node: 'node-a' });
});

test('a claim that asks for more than its volume has is told once for each request, and counts as no failure', async () => {
  const { recorder, events, counted } = recording();
  const asks = (size: string): VolumeReport =>
    volumeReport({ decision: { action: 'cannotGrow', reason: 'CannotGrow', message: `asks for ${size}` } });
  for (const size of ['2Gi', '2Gi', '3Gi']) recorder.volume(asks(size));
  const told = { regarding: claimObject, type: 'Warning', reason: 'VolumeResizeFailed' };
  expect(events).toEqual([
    { ...told, message: 'CannotGrow: asks for 2Gi' },
    { ...told, message: 'CannotGrow: asks for 3Gi' },
  ]);
  expect(await counted()).toEqual([]);
});

describe('of a claim, log, metrics and Event agree', () => {
  test('that it was provisioned', async () => {
    const { recorder, lines, events, counted } = recording();
    recorder.claim(claimReport({ volumeIsNews: true }));
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
    expect(events).toEqual([
      {
        regarding: claimObject,
        type: 'Normal',
        reason: 'ProvisioningSucceeded',
        message: `Successfully provisioned volume ${volumeName}`,
      },
    ]);
    expect(await counted()).toEqual([
      'controller_persistentvolumeclaim_provision_total{class="fast",source=""} 1',
      'controller_persistentvolumeclaim_provision_duration_seconds_count{class="fast",source=""} 1',
    ]);
  });

  test('that it was refused', async () => {
    const { recorder, lines, events, counted } = recording();
    const decision: ProvisionDecision = { action: 'refuse', reason: 'DataSource', message: 'make it again' };
    const view = claimView({ claim: { dataSource: 'VolumeSnapshot/daily' } });
    const outcome: Outcome = { result: 'refused', reason: 'DataSource', message: 'make it again' };
    recorder.claim(claimReport({ view, decision, outcome }));
    expect(lines).toMatchObject([{ level: 'warn', reason: 'DataSource', message: 'make it again' }]);
    expect(events).toEqual([
      {
        regarding: claimObject,
        type: 'Warning',
        reason: 'ProvisioningFailed',
        message: 'DataSource: make it again',
      },
    ]);
    expect(await counted()).toEqual([
      'controller_persistentvolumeclaim_provision_failed_total{class="fast",source="VolumeSnapshot"} 1',
      'hostpath_failures_total{flow="provision",reason="DataSource"} 1',
    ]);
  });

  test.each([
    ['a class that does not exist', claimView({ class: undefined, claim: { className: 'any' } }), 'class="",source=""'],
    ['a source that is unheard of', claimView({ claim: { dataSource: 'Any/thing' } }), 'class="fast",source="other"'],
  ])('and %s becomes no label, for anybody may write one into a claim', async (_, view, labels) => {
    const { recorder, counted } = recording();
    recorder.claim(
      claimReport({ view, outcome: { result: 'refused', reason: 'DataSource', message: 'make it again' } }),
    );
    expect(await counted()).toContain(`controller_persistentvolumeclaim_provision_failed_total{${labels}} 1`);
  });

  test('that it failed', async () => {
    const { recorder, lines, events, counted } = recording();
    recorder.claim(claimReport({ outcome: failed(new StorageError('NoSpace', 'the disk is full: make room')) }));
    expect(lines).toMatchObject([{ level: 'warn', msg: 'claim not provisioned', reason: 'NoSpace' }]);
    expect(events).toMatchObject([{ type: 'Warning', message: 'NoSpace: the disk is full: make room' }]);
    expect(await counted()).toEqual([
      'controller_persistentvolumeclaim_provision_failed_total{class="fast",source=""} 1',
      'hostpath_failures_total{flow="provision",reason="NoSpace"} 1',
    ]);
  });

  test('that it could not even be observed', async () => {
    const { recorder, lines, events, counted } = recording();
    const outcome = failed(new StorageError('BaseDirectoryMissing', 'mount it'));
    recorder.claim(claimReport({ view: undefined, decision: undefined, outcome }));
    expect(lines).toMatchObject([{ level: 'warn', class: '', reason: 'BaseDirectoryMissing' }]);
    expect(events).toMatchObject([{ regarding: claimObject, message: 'BaseDirectoryMissing: mount it' }]);
    expect(await counted()).toContain('hostpath_failures_total{flow="provision",reason="BaseDirectoryMissing"} 1');
  });

  test.each<[string, ProvisionDecision, Outcome]>([
    ['it has its volume, which was told before', { action: 'confirm', reason: 'ProvisionedEarlier' }, done],
    ['nothing was to be done', { action: 'ignore', reason: 'NotOurs' }, done],
    ['it waits', { action: 'wait', reason: 'NoNodeSelected' }, { result: 'waiting' }],
    ['it was taken back', { action: 'undo', reason: 'ClaimGone' }, { result: 'waiting' }],
    ['it may still get a volume', { action: 'wait', reason: 'CreationUnanswered', afterMs: 1 }, { result: 'waiting' }],
    ['another node was first', decideProvision(claimView()), { result: 'waiting' }],
  ])('that %s: in the debug log alone', async (_, decision, outcome) => {
    const { recorder, lines, events, counted } = recording();
    recorder.claim(claimReport({ decision, outcome }));
    expect(lines).toMatchObject([{ level: 'debug', msg: 'claim left as it is', reason: decision.reason }]);
    expect(events).toEqual([]);
    expect(await counted()).toEqual([]);
  });

  test.each<[string, Outcome]>([
    ['refused', { result: 'refused', reason: 'DirectoryNotEmpty', message: 'look at it' }],
    ['failed', failed(new StorageError('DirectoryNotEmpty', 'look at it'))],
  ])('that what a claim left behind was %s: without Event, for there is no claim to describe', async (_, outcome) => {
    const { recorder, lines, events, counted } = recording();
    const decision: ProvisionDecision = { action: 'undo', reason: 'ClaimGone' };
    recorder.claim(claimReport({ view: claimView({ claim: undefined }), decision, outcome }));
    expect(lines).toMatchObject([{ level: 'warn', volume: volumeName, reason: 'DirectoryNotEmpty' }]);
    expect(events).toEqual([]);
    expect(await counted()).toContain('hostpath_failures_total{flow="provision",reason="DirectoryNotEmpty"} 1');
  });

  test('that it was changed in between: nobody is warned unless that goes on', async () => {
    const { recorder, lines, events, counted } = recording();
    const outcome = failed(new ApiError('Conflict', 'changed'));
    for (const failures of [0, 1, 2]) recorder.claim(claimReport({ outcome, failures }));
    expect(lines.map(({ level }) => level)).toEqual(['info', 'info', 'warn']);
    expect(events).toMatchObject([{ regarding: claimObject, message: 'ApiServerConflict: changed' }]);
    expect(await counted()).toContain('hostpath_failures_total{flow="provision",reason="ApiServerConflict"} 3');
  });

  test('that it takes long', () => {
    const { recorder, events } = recording();
    recorder.claimTakesLong(reference);
    expect(events).toEqual([
      {
        regarding: claimObject,
        type: 'Normal',
        reason: 'Provisioning',
        message: 'External provisioner is provisioning volume for claim "default/data"',
      },
    ]);
  });
});

describe('of a volume, log, metrics and Event agree', () => {
  test('that it was deleted, which needs no Event: its object is gone', async () => {
    const { recorder, lines, events, counted } = recording();
    recorder.volume(volumeReport());
    expect(lines).toMatchObject([{ level: 'info', msg: 'volume deleted', volume: volumeName, class: 'fast' }]);
    expect(events).toEqual([]);
    expect(await counted()).toEqual([
      'controller_persistentvolume_delete_total{class="fast"} 1',
      'controller_persistentvolume_delete_duration_seconds_count{class="fast"} 1',
    ]);
  });

  test('that it was not deleted, because it was changed in between: nobody is warned unless that goes on', async () => {
    const { recorder, lines, events, counted } = recording();
    const outcome = failed(new ApiError('Conflict', 'changed'));
    for (const failures of [0, 1]) recorder.volume(volumeReport({ outcome, failures }));
    expect(lines).toMatchObject(Array(2).fill({ level: 'info', reason: 'ApiServerConflict' }));
    expect(events).toEqual([]);
    expect(await counted()).toEqual(['hostpath_failures_total{flow="delete",reason="ApiServerConflict"} 2']);
    recorder.volume(volumeReport({ outcome, failures: 2 }));
    expect(lines.at(-1)).toMatchObject({ level: 'warn', reason: 'ApiServerConflict' });
    expect(events).toMatchObject([{ regarding: volumeObject, message: 'ApiServerConflict: changed' }]);
    expect(await counted()).toContain('controller_persistentvolume_delete_failed_total{class="fast"} 1');
  });

  test('that it was refused', async () => {
    const { recorder, lines, events, counted } = recording();
    const outcome: Outcome = { result: 'refused', reason: 'PathNotOurs', message: 'correct it' };
    recorder.volume(volumeReport({ decision: { action: 'refuse', reason: 'PathNotOurs', message: 'x' }, outcome }));
    expect(lines).toMatchObject([{ level: 'warn', msg: 'volume not deleted', reason: 'PathNotOurs' }]);
    expect(events).toEqual([
      { regarding: volumeObject, type: 'Warning', reason: 'VolumeFailedDelete', message: 'PathNotOurs: correct it' },
    ]);
    expect(await counted()).toEqual([
      'controller_persistentvolume_delete_failed_total{class="fast"} 1',
      'hostpath_failures_total{flow="delete",reason="PathNotOurs"} 1',
    ]);
  });

  test('that what it left behind could not be looked at: without Event, for there is no object to describe', () => {
    const { recorder, lines, events } = recording();
    const outcome = failed(new StorageError('BaseDirectoryMissing', 'mount it'));
    recorder.volume(volumeReport({ view: volumeView({ volume: undefined }), outcome }));
    expect(lines).toMatchObject([{ level: 'warn', class: 'fast', reason: 'BaseDirectoryMissing' }]);
    expect(events).toEqual([]);
  });

  test('that it could not be observed', () => {
    const { recorder, lines, events } = recording();
    const outcome = failed(new ActError('Defect', 'no'));
    recorder.volume(volumeReport({ view: undefined, decision: undefined, outcome }));
    expect(lines).toMatchObject([{ level: 'warn', volume: volumeName, class: '', reason: 'Defect' }]);
    expect(events).toEqual([]);
  });

  test.each<[string, DeleteDecision, 'debug' | 'info']>([
    ['nothing was to be done', { action: 'ignore', reason: 'InUse' }, 'debug'],
    ['its trash is to be erased', { action: 'erase', reason: 'VolumeGone' }, 'debug'],
    ['it waits', { action: 'wait', reason: 'ClaimLives', afterMs: 1 }, 'info'],
    ['it was protected', { action: 'protect', reason: 'PolicyDelete' }, 'info'],
    ['it is kept', { action: 'retain', reason: 'PolicyRetain' }, 'info'],
    ['its claim is asked', { action: 'askClaim', reason: 'VolumeGone', claim: reference }, 'info'],
  ])('that %s: in the log alone', async (_, decision, level) => {
    const { recorder, lines, events, counted } = recording();
    recorder.volume(volumeReport({ decision }));
    expect(lines).toMatchObject([{ level, msg: 'volume looked at', action: decision.action, reason: decision.reason }]);
    expect(events).toEqual([]);
    expect(await counted()).toEqual([]);
  });
});

describe('of a volume in use', () => {
  const bound = volumeView({ volume: { phase: 'Bound' } });
  const lost: DeleteDecision = { action: 'report', reason: 'DirectoryMissing', message: 'restore it' };

  test('that it has lost its directory: to those who look at the volume and to those who look at the claim', async () => {
    const { recorder, lines, events, counted } = recording();
    recorder.volume(volumeReport({ view: bound, decision: lost, outcome: { result: 'waiting' }, lossIsNews: true }));
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'volume in use has lost its directory', reason: 'DirectoryMissing', message: 'restore it' },
    ]);
    const event = { type: 'Warning', reason: 'VolumeDirectoryMissing' };
    expect(events).toEqual([
      { ...event, regarding: volumeObject, message: 'DirectoryMissing: restore it' },
      { ...event, regarding: claimObject, message: `volume ${volumeName}: DirectoryMissing: restore it` },
    ]);
    expect(await counted()).toEqual([]);
  });

  test('that its directory is not there yet: in the debug log alone', () => {
    const { recorder, lines, events } = recording();
    recorder.volume(volumeReport({ view: bound, decision: lost, outcome: { result: 'waiting' }, wasLost: true }));
    expect(lines).toMatchObject([{ level: 'debug', msg: 'volume looked at', action: 'report' }]);
    expect(events).toEqual([]);
  });

  test('that it has its directory again', () => {
    const { recorder, lines, events } = recording();
    recorder.volume(volumeReport({ view: bound, decision: { action: 'ignore', reason: 'InUse' }, wasLost: true }));
    expect(lines[0]).toMatchObject({ level: 'info', msg: 'volume has its directory again', volume: volumeName });
    expect(events.map(({ regarding, type, reason }) => [regarding.kind, type, reason])).toEqual([
      ['PersistentVolume', 'Normal', 'VolumeDirectoryFound'],
      ['PersistentVolumeClaim', 'Normal', 'VolumeDirectoryFound'],
    ]);
  });

  test.each<[string, Partial<VolumeReport>]>([
    ['it was never lost', { view: bound }],
    ['it is not in use any more', { wasLost: true }],
    ['it is gone', { wasLost: true, view: volumeView({ volume: undefined }) }],
    ['nobody knows, for it could not be observed', { wasLost: true, view: undefined, decision: undefined }],
  ])('nothing of a directory that is there again when %s', (_, changes) => {
    const { recorder, events } = recording();
    recorder.volume(volumeReport({ decision: { action: 'ignore', reason: 'InUse' }, ...changes }));
    expect(events).toEqual([]);
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
    const { recorder, lines, events, counted } = recording();
    recorder.claim(claimReport({ outcome }));
    recorder.volume(volumeReport({ outcome }));
    expect(lines).toMatchObject([{ reason }, { reason }]);
    expect(events.map(({ regarding }) => regarding.kind)).toEqual(
      ['PersistentVolumeClaim', 'PersistentVolume'].slice(0, 2 * count),
    );
    expect(await counted()).toContain(`hostpath_failures_total{flow="provision",reason="${reason}"} 1`);
  });
});

describe('of the trash', () => {
  test.each<[string, Erasure, string, object]>([
    ['erased', { result: 'erased', entries: 3 }, 'info', { entries: 3, durationMs: 5 }],
    ['empty', { result: 'erased', entries: 0 }, 'debug', { entries: 0, durationMs: 5 }],
    [
      'left in part',
      { result: 'left', entries: 3, problems: ['data: a mount'] },
      'warn',
      { entries: 3, durationMs: 5, problems: ['data: a mount'] },
    ],
    ['kept', { result: 'kept', forMs: 60_000 }, 'debug', { forMs: 60_000 }],
    ['unfinished', { result: 'unfinished', entries: 3 }, 'info', { entries: 3, durationMs: 5 }],
  ])('the log says that it was %s', (_, erasure, level, fields) => {
    const { recorder, lines } = recording();
    recorder.erasure(volumeName, erasure, 5);
    expect(lines).toMatchObject([{ level, volume: volumeName, ...fields }]);
  });

  test('the log says once that it takes several turns, and at the end what all of them did', () => {
    const { recorder, lines } = recording();
    const turn: Erasure = { result: 'unfinished', entries: 3 };
    for (const name of [volumeName, volumeName, 'pvc-2', volumeName]) recorder.erasure(name, turn, 5);
    for (const name of [volumeName, 'pvc-2']) recorder.erasure(name, { result: 'erased', entries: 1 }, 5);
    recorder.erasure(volumeName, { result: 'erased', entries: 1 }, 5);
    const long = expect.stringMatching(/^trash takes long/);
    expect(lines).toMatchObject([
      { msg: long, volume: volumeName },
      { msg: long, volume: 'pvc-2' },
      { msg: 'trash erased', volume: volumeName, entries: 10, durationMs: 20 },
      { msg: 'trash erased', volume: 'pvc-2', entries: 4, durationMs: 10 },
      { msg: 'trash erased', volume: volumeName, entries: 1, durationMs: 5 },
    ]);
  });

  test('the metric counts what was erased, also when something was left or a turn was over', async () => {
    const { recorder, metrics } = recording();
    recorder.erasure(volumeName, { result: 'unfinished', entries: 5 }, 5);
    recorder.erasure(volumeName, { result: 'erased', entries: 3 }, 5);
    recorder.erasure(volumeName, { result: 'left', entries: 4, problems: [] }, 5);
    expect(await metrics.text()).toContain('\nhostpath_trash_entries_erased_total 12\n');
  });

  test('the log says why it could not be erased', () => {
    const { recorder, lines } = recording();
    recorder.erasureFailed(volumeName, failed(new StorageError('ReadOnly', 'remount it')));
    expect(lines).toMatchObject([{ level: 'warn', reason: 'ReadOnly', message: 'remount it' }]);
  });
});
