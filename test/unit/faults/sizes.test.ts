import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordOf } from '../../faults/oracles/records.ts';
import { SizeWitness } from '../../faults/oracles/size-witness.ts';
import { Violations } from '../../faults/oracles/violation.ts';
import type { ProxiedRequest } from '../../faults/proxy/proxied-request.ts';
import type { World } from '../../faults/world/world.ts';
import type { Json } from '../../support/api.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

interface Sizes {
  claim?: string;
  volume?: string;
  record?: string;
}

/** As much of a world as the witness looks at: the volume pvc-1 of claim a, of a class with these parameters. */
function worldWith(base: string, { claim = '2Mi', volume = '2Mi' }: Sizes, parameters: Record<string, string>): World {
  const object = volumeOf(base, volume);
  return {
    violations: new Violations(),
    users: [{ parameters: new Map([['class', parameters]]) }],
    pools: { all: [{ path: base }] },
    travel: { hit: [] },
    cluster: {
      readVolume: async () => object,
      readClaim: async () => ({ spec: { volumeName: 'pvc-1' }, status: { capacity: { storage: claim } } }),
      api: { list: async () => [object] },
    },
  } as unknown as World;
}

const volumeOf = (base: string, storage: string): Json => ({
  metadata: { name: 'pvc-1' },
  spec: { capacity: { storage }, storageClassName: 'class', hostPath: { path: join(base, 'pvc-1') } },
});

const write = (label: string, body: (base: string) => Json) => ({ label, body });
const registers = (storage: string) => write('POST persistentvolumes', (base) => volumeOf(base, storage));
const grows = (value: string) =>
  write('PATCH persistentvolumes', () => [{ op: 'replace', path: '/spec/capacity/storage', value }]);
const says = (storage: string) =>
  write('PATCH persistentvolumeclaims/status', () => ({ status: { capacity: { storage } } }));

function putRecord(base: string, capacity: string): void {
  const journal = join(base, '.hostpath-provisioner/volumes');
  mkdirSync(journal, { recursive: true });
  const lines = ['pvc-0', 'pvc-1'].map((volume) => JSON.stringify({ volume, template: { capacity } }));
  writeFileSync(join(journal, 'pvc-1.json'), `${lines.join('\n')}\n`);
}

describe('the witness of sizes', () => {
  test.each<[string, Sizes, ReturnType<typeof write>, string[], Record<string, string>?]>([
    ['nothing: a volume as large as its record', { record: '2Mi' }, registers('2Mi'), []],
    ['S7: a volume larger than its record', { record: '1Mi' }, registers('2Mi'), ['S7']],
    ['nothing: a volume that grows after its record', { record: '3Mi' }, grows('3Mi'), []],
    ['S7: a volume that grows before its record', { record: '2Mi' }, grows('3Mi'), ['S7']],
    ['S7: a volume that shrinks', { record: '2Mi' }, grows('1Mi'), ['S7']],
    ['nothing: a claim that says what its volume has', { claim: '1Mi' }, says('2Mi'), []],
    ['S7: a claim that says more than its volume has', {}, says('3Mi'), ['S7']],
    ['S7: a claim that says less than before', {}, says('1Mi'), ['S7']],
    ['S8: no limit in a class that enforces them', { record: '2Mi' }, registers('2Mi'), ['S8'], { quota: 'enforce' }],
    ['S9: more than the disk has', { volume: '1Ei' }, says('2Mi'), ['S9'], { overcommit: '1.0' }],
    ['nothing: as much in a class that may', { volume: '1Ei' }, says('2Mi'), []],
  ])('finds %s', async (_, sizes, { label, body }, oracles, parameters = {}) => {
    await using folder = await temporaryDirectory();
    putRecord(folder.path, sizes.record ?? '2Mi');
    const world = worldWith(folder.path, sizes, parameters);
    await new SizeWitness(world).request({
      label,
      kind: 'write',
      name: 'pvc-1',
      body: body(folder.path),
    } as ProxiedRequest);
    expect(world.violations.all.map(({ oracle }) => oracle)).toEqual(oracles);
  });

  test('does not hold what was promised against a daemon that was shown the past', async () => {
    await using folder = await temporaryDirectory();
    const world = worldWith(folder.path, { volume: '1Ei' }, { overcommit: '1.0' });
    (world.travel.hit as unknown[]).push('a fault');
    await new SizeWitness(world).request({ kind: 'write', label: 'POST events' } as ProxiedRequest);
    expect(world.violations.all).toEqual([]);
  });
});

test('a record is found in a file that it shares with others', async () => {
  await using folder = await temporaryDirectory();
  putRecord(folder.path, '5Mi');
  expect(recordOf(folder.path, 'pvc-1')).toMatchObject({ volume: 'pvc-1', template: { capacity: '5Mi' } });
  expect(recordOf(folder.path, 'pvc-2')).toBeUndefined();
});
