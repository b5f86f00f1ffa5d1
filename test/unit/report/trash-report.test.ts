import { beforeEach, describe, expect, test } from 'vitest';
import { type Erasure, StorageError } from '../../../src/disk/port.ts';
import { failureOf } from '../../../src/flow/failure.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { TrashReport } from '../../../src/report/trash-report.ts';
import type { TrashOutcome } from '../../../src/trash/act.ts';
import type { TrashDecision } from '../../../src/trash/decide.ts';
import { volumeName } from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { atRest } from '../../support/metric-sources.ts';

let lines: ReturnType<typeof capturedLog>['lines'];
let metrics: Metrics;
let report: TrashReport;
beforeEach(() => {
  const captured = capturedLog();
  lines = captured.lines;
  metrics = new Metrics(atRest);
  report = new TrashReport(captured.log, metrics);
});

const tell = (decision: TrashDecision, outcome: TrashOutcome, key = volumeName) =>
  report.trash({ key, view: undefined, decision, outcome, failures: 0, durationMs: 5 });
const tellErased = (erasure: Erasure, key = volumeName) => tell({ action: 'erase' }, { result: 'done', erasure }, key);

describe('of the trash, the log says', () => {
  test.each<[string, Erasure, string, object]>([
    ['erased', { result: 'erased', entries: 3 }, 'info', { entries: 3, durationMs: 5 }],
    ['empty', { result: 'erased', entries: 0 }, 'debug', { entries: 0, durationMs: 5 }],
    [
      'left in part',
      { result: 'left', entries: 3, problems: ['data: a mount'] },
      'warn',
      { entries: 3, durationMs: 5, problems: ['data: a mount'] },
    ],
    ['unfinished', { result: 'unfinished', entries: 3 }, 'info', { entries: 3, durationMs: 5 }],
  ])('that it was %s', (_, erasure, level, fields) => {
    tellErased(erasure);
    expect(lines).toMatchObject([{ level, volume: volumeName, ...fields }]);
  });

  test('that it is kept, why, and for how long, to who debugs', () => {
    tell({ action: 'wait', reason: 'Retention', afterMs: 60_000 }, { result: 'waiting', afterMs: 60_000 });
    const msg = 'trash waits for its retention';
    expect(lines).toMatchObject([{ level: 'debug', msg, reason: 'Retention', afterMs: 60_000 }]);
  });

  test('once that it takes several turns, and at the end what all of them did', () => {
    const turn: Erasure = { result: 'unfinished', entries: 3 };
    for (const name of [volumeName, volumeName, 'pvc-2', volumeName]) tellErased(turn, name);
    for (const name of [volumeName, 'pvc-2', volumeName]) tellErased({ result: 'erased', entries: 1 }, name);
    const long = expect.stringMatching(/^trash takes long/);
    expect(lines).toMatchObject([
      { msg: long, volume: volumeName },
      { msg: long, volume: 'pvc-2' },
      { msg: 'trash erased', volume: volumeName, entries: 10, durationMs: 20 },
      { msg: 'trash erased', volume: 'pvc-2', entries: 4, durationMs: 10 },
      { msg: 'trash erased', volume: volumeName, entries: 1, durationMs: 5 },
    ]);
  });

  test('why it could not be erased', () => {
    tell({ action: 'erase' }, failureOf(new StorageError('ReadOnly', 'remount it')));
    expect(lines).toMatchObject([{ level: 'warn', reason: 'ReadOnly', message: 'remount it' }]);
  });
});

test('the metric counts what was erased, also when something was left or a turn was over', async () => {
  tellErased({ result: 'unfinished', entries: 5 });
  tellErased({ result: 'erased', entries: 3 });
  tellErased({ result: 'left', entries: 4, problems: [] });
  expect(await metrics.text()).toContain('\nhostpath_trash_entries_erased_total 12\n');
});
