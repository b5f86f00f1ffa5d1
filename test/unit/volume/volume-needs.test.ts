import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DirectoryPlace } from '../../../src/disk/port.ts';
import { mayNeedUs, type Volume } from '../../../src/model/volume.ts';
import { decide } from '../../../src/volume/decide.ts';
import {
  basePath,
  nodeName,
  provisionerNames,
  releasedVolume,
  volumeName,
  volumeRecord,
  volumeView,
} from '../../support/build-views.ts';

const retained = volumeRecord({ reclaimPolicy: 'Retain' });
const bound = { phase: 'Bound' };

describe('mayNeedUs', () => {
  const maker = { nodeName, provisionerNames };
  const ask = (changes: Partial<Volume>) => mayNeedUs(releasedVolume(changes), maker);

  test.each<[string, Partial<Volume>, boolean]>([
    ['released', {}, true],
    ['released and unprotected', { hasFinalizer: false }, true],
    ['being deleted', { deleting: true }, true],
    ['in quiet use', bound, false],
    ['in use and unprotected', { ...bound, hasFinalizer: false }, true],
    ["another node's", { identity: 'node-b' }, false],
    ['kept, and free of us', { reclaimPolicy: 'Retain', hasFinalizer: false }, false],
    ['kept, and still held by us', { reclaimPolicy: 'Retain' }, true],
    ['released under a name that is not ours', { name: 'foo' }, true],
    ['on its way out without us', { deleting: true, hasFinalizer: false }, false],
  ])('of a volume that is %s', (_, changes, needs) => {
    expect(ask(changes)).toBe(needs);
  });

  test('passes over nothing of ours that a full look would act upon, but a note on a volume that nobody holds', () => {
    const anyVolume = fc.record({
      name: fc.constantFrom(volumeName, 'foo'),
      identity: fc.constantFrom(nodeName, 'node-b', undefined),
      provisionedBy: fc.constantFrom('hostpath-provisioner', 'theirs', undefined),
      path: fc.constantFrom(`${basePath}/${volumeName}`, '/etc', undefined),
      baseDirectoryId: fc.constantFrom('base-1', 'base-2', undefined),
      phase: fc.constantFrom('Pending', 'Available', 'Bound', 'Released', 'Failed', undefined),
      reclaimPolicy: fc.constantFrom('Delete', 'Retain', 'Recycle', undefined),
      deleting: fc.boolean(),
      hasFinalizer: fc.boolean(),
    });
    const anyDisk = fc.record({
      record: fc.constantFrom(volumeRecord(), retained, undefined),
      place: fc.constantFrom<DirectoryPlace>('base', 'trash', 'nowhere'),
    });
    const harmless: Record<string, string[]> = {
      PolicyRetain: ['retain'],
      // Lost directories are found by a look at their names (changes/directories.ts).
      DirectoryMissing: ['reportLoss'],
      AnotherBaseDirectory: ['reportLoss'],
      NameNotOurs: ['refuse'],
      // What lies here under the name of somebody else's volume is found by its record, not by that volume.
      NotOurs: ['ignore', 'erase'],
      ClaimGone: ['ignore', 'undo'],
    };
    fc.assert(
      fc.property(anyVolume, anyDisk, fc.boolean(), (volume, disk, lives) => {
        if (ask(volume)) return;
        const { action, reason } = decide(volumeView({ volume, disk, ...(lives && { livingClaim: {} }) }));
        expect(harmless[reason] ?? ['ignore']).toContain(action);
      }),
      { numRuns: 500 },
    );
  });
});
