import { describe, expect, test } from 'vitest';
import type { TrashedVolume } from '../../../src/disk/port.ts';
import { decideTrash, type TrashDecision, trashRetryMs } from '../../../src/trash/decide.ts';
import type { TrashView } from '../../../src/trash/observe.ts';
import { keptFor, now, volumeName, volumeRecord } from '../../support/build-views.ts';

type TrashFacts = Omit<TrashView, 'storage'>;

const hourMs = 3_600_000;
const erase: TrashDecision = { action: 'erase' };
const wait = (afterMs: number): TrashDecision => ({ action: 'wait', reason: 'Retention', afterMs });

const view = (trashed: Partial<TrashedVolume> | undefined, changes: Partial<TrashFacts> = {}): TrashFacts => ({
  volume: volumeName,
  trashed: trashed && { record: volumeRecord(), moveUnfinished: false, canBeRestored: true, ...trashed },
  isBoundAgain: false,
  nowMs: now.getTime(),
  ...changes,
});

/** To be kept for an hour, and in the trash for so long. */
const keptSince = (agoMs: number): Partial<TrashedVolume> => ({
  record: volumeRecord({ ...keptFor(hourMs), trashedAt: new Date(now.getTime() - agoMs).toISOString() }),
});

describe('of the trash of a volume it is decided', () => {
  test.each<[string, TrashFacts, TrashDecision]>([
    ['that there is nothing to do without any', view(undefined), { action: 'ignore' }],
    ['to erase it at once without a retention', view({}), erase],
    ['to erase it although a crash left no record', view({ record: undefined }), erase],
    ['to wait for what is left of the retention', view(keptSince(hourMs - 1)), wait(1)],
    ['to erase it when the retention is over', view(keptSince(hourMs)), erase],
    [
      'to wait for the retention, and no longer, when the clock was set back',
      view(keptSince(-9 * hourMs)),
      wait(hourMs),
    ],
    [
      'to go on erasing although the clock was set back since, for nobody can restore what is left',
      view({ ...keptSince(0), canBeRestored: false }),
      erase,
    ],
    [
      'to finish a move that a crash left, before the retention is judged: it may not have begun',
      view({ record: volumeRecord(keptFor(hourMs)), moveUnfinished: true }),
      { action: 'finishMove' },
    ],
    ...[{}, keptSince(2 * hourMs), { moveUnfinished: true }, { canBeRestored: false }].map(
      (trashed): [string, TrashFacts, TrashDecision] => [
        `to leave it while a claim is bound to the volume again: ${JSON.stringify(Object.keys(trashed))}`,
        view(trashed, { isBoundAgain: true }),
        { action: 'wait', reason: 'BoundAgain', afterMs: trashRetryMs },
      ],
    ),
  ])('%s', (_, seen, decision) => {
    expect(decideTrash(seen)).toEqual(decision);
  });
});
