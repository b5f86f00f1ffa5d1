import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { ActError } from '../../../src/flow/outcome.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { EventNote } from '../../../src/kube/events/event-object.ts';
import type { Decision } from '../../../src/volume/decision.ts';
import { volumeName, volumeView } from '../../support/build-views.ts';
import {
  claimLook,
  claimObject,
  failed,
  look,
  recording,
  refused,
  type VolumeLook,
  volumeLook,
  volumeObject,
  waiting,
} from './volume-looks.ts';

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
