import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { CopyNews } from '../../../src/volume/copies.ts';
import { decide } from '../../../src/volume/decide.ts';
import type { Decision } from '../../../src/volume/decision.ts';
import {
  claimView,
  cloneSource,
  cls,
  dataSource,
  pendingClaim,
  reference,
  volumeName,
  volumeView,
} from '../../support/build-views.ts';
import {
  claimLook,
  claimObject,
  done,
  failed,
  recording,
  refused,
  type VolumeLook,
  volumeLook,
  waiting,
} from './volume-looks.ts';

const snapshot = dataSource({ kind: 'VolumeSnapshot' });

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

describe('a claim that asks for more than it has', () => {
  const view = volumeView({ volume: { phase: 'Bound' }, livingClaim: {} });
  const growth = (from: string, limit?: { bytes: number }): Decision => {
    const behind = { disk: true, volume: true, claim: true };
    return {
      action: 'grow',
      reason: 'Grown',
      plan: { from, isNew: true, capacity: '2Gi', demand: { bytes: 2 ** 31, most: undefined }, limit, behind },
    };
  };
  const told = { regarding: claimObject, type: 'Warning', reason: 'VolumeResizeFailed' };

  test.each([
    ['and that nothing enforces it', undefined, '. Its size is not enforced'],
    ['which its directory is held to', { bytes: 2 ** 31 }, ''],
  ])('is told what it has, %s', (_, limit, end) => {
    const { looks, events, lines } = recording();
    looks(volumeLook({ view, decision: growth('1Gi', limit) }));
    const message = `volume ${volumeName} grew from 1Gi to 2Gi${end}`;
    expect(events).toEqual([{ regarding: claimObject, type: 'Normal', reason: 'VolumeResizeSuccessful', message }]);
    expect(lines.at(-1)).toMatchObject({ level: 'info', msg: 'volume grown', from: '1Gi', capacity: '2Gi' });
  });

  test('is told nothing when it has had that size', () => {
    const { looks, events } = recording();
    looks(volumeLook({ view, decision: growth('2Gi') }));
    expect(events).toEqual([]);
  });

  test('is told once for each answer that its volume cannot grow, and counts each time', async () => {
    const { looks, events, counted } = recording();
    const asks = (size: string) =>
      volumeLook({
        view: volumeView({ volume: { phase: 'Bound' }, livingClaim: { requestedStorage: size } }),
        decision: { action: 'cannotGrow', reason: 'NoRoom', message: size },
        outcome: waiting,
      });
    looks(asks('2Gi'), asks('2Gi'), asks('3Gi'));
    expect(events).toEqual([
      { ...told, message: 'NoRoom: 2Gi' },
      { ...told, message: 'NoRoom: 3Gi' },
    ]);
    expect(await counted()).toEqual(['hostpath_failures_total{flow="grow",reason="NoRoom"} 3']);
  });

  test('is told once that its status cannot say what it has', () => {
    const { looks, events } = recording();
    const refused = { result: 'refused', reason: 'ApiServerForbidden', message: 'no', afterMs: 600_000 } as const;
    const look = () => volumeLook({ view, decision: growth('1Gi'), outcome: refused });
    looks(look(), look());
    expect(events).toEqual([{ ...told, message: 'ApiServerForbidden: no' }]);
  });

  test('is told when a step fails, unless that is ordinary or the API server has too much to do', () => {
    const { looks, events, lines } = recording();
    const fails = (error: unknown) => looks(volumeLook({ view, decision: growth('1Gi'), outcome: failed(error) }));
    fails(new ApiError('Conflict', 'it has changed'));
    fails(new ApiError('TooManyRequests', 'too much'));
    expect(events).toEqual([]);
    fails(new StorageError('NoSpace', 'the disk is full'));
    expect(events).toEqual([{ ...told, message: 'NoSpace: the disk is full' }]);
    expect(lines.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'info: volume not grown',
      'warn: volume not grown',
      'warn: volume not grown',
    ]);
  });
});

test('a claim whose base directory promises more than it has is told so once it has what it asked for', () => {
  const { looks, events, lines } = recording({ waits: pendingClaim() });
  const warning = { reason: 'Overcommitted', message: 'more than it has' };
  const decision = { ...decide(claimView()), warning } as Decision;
  looks(claimLook({ decision, outcome: waiting }));
  expect(events).toEqual([]);
  looks(claimLook({ decision }));
  expect(events).toHaveLength(2);
  expect(events[1]).toEqual({ regarding: claimObject, type: 'Warning', ...warning });
  expect(lines.at(-1)).toMatchObject({ level: 'warn', msg: 'base directory promises more than it has' });
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

  describe('how far a copy is:', () => {
    const view = claimView({ claim: { dataSource: dataSource() }, source: cloneSource() });
    const copyLook = (copy: Partial<CopyNews>, outcome: Outcome = waiting): VolumeLook => {
      const progress = { copiedBytes: 3 * 2 ** 20, totalBytes: 12 * 2 ** 20, entries: 7 };
      const news = { state: 'goesOn', isDue: false, progress, newBytes: 0, skipped: 0, durationMs: 90_000 } as const;
      return claimLook({ view, decision: decide(view), outcome: { ...outcome, copy: { ...news, ...copy } } });
    };

    test('once in the log when it begins, in the metric, and in an Event when that is due', async () => {
      const { looks, lines, events, text } = recording({ waits: pendingClaim() });
      looks(copyLook({ state: 'begun' }), copyLook({ newBytes: 1_000 }), copyLook({ newBytes: 24, isDue: true }));
      expect(lines.filter(({ level }) => level !== 'debug').map(({ msg }) => msg)).toEqual(['copy of a volume begun']);
      const message = 'copied 3 MiB of 12 MiB from claim "original", 7 files and directories';
      expect(events).toEqual([{ regarding: claimObject, type: 'Normal', reason: 'Cloning', message }]);
      expect(await text()).toContain('\nhostpath_clone_copied_bytes_total 1024\n');
    });

    test('that it waits for its turn', () => {
      const { looks, events } = recording({ waits: pendingClaim() });
      looks(copyLook({ isDue: true, progress: { copiedBytes: 0, totalBytes: undefined, entries: 0 } }));
      expect(events).toMatchObject([{ reason: 'Cloning', message: expect.stringMatching(/waits for its turn/) }]);
    });

    test('the volume is there, after as long as all looks together took', async () => {
      const { looks, lines, events, text } = recording({ waits: pendingClaim() });
      looks(copyLook({ state: 'whole' }, done));
      expect(lines).toMatchObject([{ msg: 'copy of a volume is whole' }, { msg: 'volume provisioned' }]);
      expect(events).toEqual([provisioned]);
      expect(await text()).toContain(
        'provision_duration_seconds_sum{class="fast",source="PersistentVolumeClaim"} 90\n',
      );
    });

    test('that something was left out', () => {
      const { looks, events } = recording({ waits: pendingClaim() });
      looks(copyLook({ state: 'whole', skipped: 2 }, done));
      const message = expect.stringMatching(/^the copy of claim "original" lacks 2 pipes, sockets/);
      expect(events).toEqual([
        { regarding: claimObject, type: 'Warning', reason: 'CloneSkipped', message },
        provisioned,
      ]);
    });
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
      { ...refused('DataSource', 'no'), view: claimView({ claim: { dataSource: snapshot } }) },
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
    [
      'a source that is unheard of',
      claimView({ claim: { dataSource: dataSource({ kind: 'Any' }) } }),
      'class="fast",source="other"',
    ],
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
