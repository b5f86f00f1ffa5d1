import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judgeHistory } from '../../faults/oracles/api-history.ts';
import { ApiWitness } from '../../faults/oracles/api-witness.ts';
import { claimText, type EndState, leftovers } from '../../faults/oracles/end-state.ts';
import { Violations } from '../../faults/oracles/violation.ts';
import type { HistoryEntry, ProxiedRequest } from '../../faults/proxy/fault-proxy.ts';
import { Treasure } from '../../faults/world/treasure.ts';
import { describeTree, differences } from '../../faults/world/tree.ts';
import type { World } from '../../faults/world/world.ts';
import type { Json } from '../../support/api.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('S1 finds that', () => {
  test.each<[string, (directory: string) => void, RegExp | undefined]>([
    ['nothing is lost while nobody touches it', () => undefined, undefined],
    ['the directory is gone', (directory) => rmSync(directory, { recursive: true }), /is gone/],
    [
      'the directory was replaced by another',
      (directory) => {
        renameSync(directory, `${directory}-before`);
        cpSync(`${directory}-before`, directory, { recursive: true });
      },
      /another one/,
    ],
    ['a file is gone', (directory) => rmSync(join(directory, 'precious')), /gone from it: precious/],
    ['a file further down is gone', (directory) => rmSync(join(directory, 'logs/segment')), /logs\/segment/],
    ['a file has other content', (directory) => writeFileSync(join(directory, 'precious'), 'x'), /has the content "x"/],
  ])('%s', async (_, harm, words) => {
    await using folder = await temporaryDirectory();
    const directory = join(folder.path, 'volume');
    mkdirSync(directory);
    const treasure = new Treasure(directory, folder.path);
    harm(directory);
    if (words === undefined) expect(treasure.loss()).toBeUndefined();
    else expect(treasure.loss()).toMatch(words);
  });
});

test('S4 sees content, mode and entries change, and does not follow links', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'decoy');
  mkdirSync(path);
  writeFileSync(join(folder.path, 'outside'), 'one');
  writeFileSync(join(path, 'file'), 'one');
  symlinkSync('../outside', join(path, 'link'));
  const before = describeTree(path);
  writeFileSync(join(folder.path, 'outside'), 'two');
  expect(differences(before, describeTree(path))).toEqual([]);
  writeFileSync(join(path, 'file'), 'two');
  expect(differences(before, describeTree(path))).toHaveLength(2);
  rmSync(path, { recursive: true });
  expect(differences(before, describeTree(path)).join('\n')).toContain(`+ ${path} is gone`);
});

describe('the end state has of a claim', () => {
  const bound = { phase: 'Bound', capacity: { storage: '1Mi' } };
  const naming = (uid: string) => ({ spec: { claimRef: { uid } } });

  test.each<[string, Json, Json | undefined, string]>([
    ['its phase and size', bound, naming('u1'), 'Bound, 1Mi'],
    ['no size before Kubernetes sees that its volume names another', bound, naming('u2'), 'Bound'],
    ['the same after that', { phase: 'Lost' }, naming('u2'), 'Bound'],
    ['no size before Kubernetes sees that its volume is gone', bound, undefined, 'Bound'],
    ['only its phase while it waits', { phase: 'Pending' }, undefined, 'Pending'],
  ])('%s', (_, status, volume, text) => {
    expect(claimText({ metadata: { uid: 'u1' }, status }, volume)).toBe(text);
  });
});

describe('the history', () => {
  const post = (name: string, status: number, uid = 'u1') =>
    ({
      request: { label: 'POST persistentvolumes', name, body: { spec: { claimRef: { uid } } } },
      upstream: { status, body: {} },
    }) as HistoryEntry;

  const told = (name: string, atMs: number, retryAfterSeconds?: number) =>
    ({
      request: { label: `DELETE persistentvolumes`, kind: 'write', resource: 'persistentvolumes', name },
      atMs,
      answered: { status: 429, body: { details: { retryAfterSeconds } } },
    }) as HistoryEntry;
  const start = { request: { label: 'LIST nodes', kind: 'list' } } as HistoryEntry;

  test.each<[string, HistoryEntry[], string[], past?: boolean]>([
    ['one volume for a claim', [post('a', 201), post('a', 409)], []],
    ['a volume each for two claims', [post('a', 201), post('b', 201, 'u2')], []],
    ['two volumes for a claim: S3', [post('a', 201), post('b', 201)], ['S3']],
    ['a volume that is made twice: S3', [post('a', 201), post('a', 201)], ['S3']],
    ['a volume that is made twice, by a daemon that was shown the past', [post('a', 201), post('a', 201)], [], true],
    ['two volumes for a claim, also when the past was shown: S3', [post('a', 201), post('b', 201)], ['S3'], true],
    ['a request that the roles do not allow: S6', [post('a', 403)], ['S6']],
    ['a try that waits as long as it was asked to', [told('a', 0, 2), told('b', 1), told('a', 2_000)], []],
    ['a try that comes before the time it was asked for: L5', [told('a', 0, 2), told('a', 1_999)], ['L5']],
    ['an early try by a daemon that was started since', [told('a', 0, 2), start, told('a', 1)], []],
  ])('with %s', (_, history, oracles, shownThePast = false) => {
    const violations = new Violations();
    judgeHistory(history, violations, { shownThePast });
    expect(violations.all.map(({ oracle }) => oracle)).toEqual(oracles);
  });
});

const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';
const takesFinalizerOff = { metadata: { '$deleteFromPrimitiveList/finalizers': [finalizer] } };

/** As much of a world as the witness looks at: a base directory, and one volume that the API server has. */
function worldWith(base: string, volume: Json | undefined): World {
  return {
    violations: new Violations(),
    users: [{ claims: [{ label: 'waits', uid: '2', servedHere: false }] }],
    cluster: { base, nodeName: 'node', provisioner: 'ours', namespace: 'test', readVolume: async () => volume },
    lives: { report: { lines: () => [] } },
  } as unknown as World;
}

const volumeObject = (
  changes: { node?: string; policy?: string; finalizers?: string[]; path?: string; claim?: string } = {},
): Json => ({
  metadata: {
    name: 'pvc-1',
    annotations: {
      hostPathProvisionerIdentity: changes.node ?? 'node',
      'pv.kubernetes.io/provisioned-by': 'ours',
    },
    finalizers: changes.finalizers ?? [finalizer],
    deletionTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {
    persistentVolumeReclaimPolicy: changes.policy ?? 'Delete',
    claimRef: { uid: changes.claim ?? '1' },
    hostPath: { path: changes.path ?? '/nowhere/pvc-1' },
  },
});

const write = (method: string, resource: string, body: Json): ProxiedRequest =>
  ({
    method,
    resource,
    kind: 'write',
    name: 'pvc-1',
    label: `${method} ${resource}`,
    path: '',
    body,
  }) as ProxiedRequest;

const eventOf = (namespace: string): Json => ({
  involvedObject: { kind: 'PersistentVolumeClaim', namespace, name: 'x' },
});

describe('the witness at the API server', () => {
  test.each<[string, ProxiedRequest, Json | undefined, string[]]>([
    [
      'S5: a finalizer goes while the directory is there',
      write('PATCH', 'persistentvolumes', takesFinalizerOff),
      volumeObject(),
      ['S5'],
    ],
    [
      'S5: a DELETE that no finalizer holds up',
      write('DELETE', 'persistentvolumes', {}),
      volumeObject({ finalizers: [] }),
      ['S5'],
    ],
    ['content: a DELETE that our finalizer holds up', write('DELETE', 'persistentvolumes', {}), volumeObject(), []],
    [
      'content: the finalizer of a Retain volume goes',
      write('PATCH', 'persistentvolumes', takesFinalizerOff),
      volumeObject({ policy: 'Retain' }),
      [],
    ],
    [
      'S6: another node’s volume is changed',
      write('PATCH', 'persistentvolumes', {}),
      volumeObject({ node: 'other' }),
      ['S6'],
    ],
    ['S6: a claim is changed', write('PATCH', 'persistentvolumeclaims', {}), undefined, ['S6']],
    ['S6: an Event for somebody else’s claim', write('POST', 'events', eventOf('foreign')), undefined, ['S6']],
    ['content: an Event for a claim of ours', write('POST', 'events', eventOf('test')), undefined, []],
    [
      'S6: a volume for a claim that waits for a scheduler',
      write('POST', 'persistentvolumes', volumeObject({ claim: '2' })),
      undefined,
      ['S6', 'S2'],
    ],
    ['S2: a volume without a directory', write('POST', 'persistentvolumes', volumeObject()), undefined, ['S2']],
  ])('%s', async (_, request, volume, oracles) => {
    await using folder = await temporaryDirectory();
    mkdirSync(join(folder.path, 'pvc-1'));
    const placed = volume && { ...volume, spec: { ...volume.spec, hostPath: { path: join(folder.path, 'pvc-1') } } };
    const world = worldWith(folder.path, placed);
    await new ApiWitness(world).request(request);
    expect(world.violations.all.map(({ oracle }) => oracle)).toEqual(oracles);
  });

  test('S2: a volume whose directory is there but was never synced', async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, 'pvc-1');
    mkdirSync(path);
    const world = worldWith(folder.path, undefined);
    await new ApiWitness(world).request(write('POST', 'persistentvolumes', volumeObject({ path })));
    expect(world.violations.all).toMatchObject([{ oracle: 'S2', evidence: expect.stringMatching(/mode|nobody made/) }]);
  });
});

describe('L2', () => {
  const nothing = { claims: {}, volumes: {}, directories: [], records: [], trash: [] };
  const user = (kept: boolean) => ({ name: 'u', claims: [{ label: 'a', alive: false, kept }] });
  const found = (state: Partial<EndState['users'][string]>, { kept = false, strays = [] as string[] } = {}) =>
    leftovers({ users: { u: { ...nothing, ...state } }, strays }, { users: [user(kept)] } as unknown as World);

  test('finds nothing where nothing is left, or what is to be kept', () => {
    expect(found({})).toEqual([]);
    expect(found({ directories: ['a'], records: ['a'] }, { kept: true })).toEqual([]);
  });

  test.each<[string, Parameters<typeof found>]>([
    ['a directory', [{ directories: ['a'] }]],
    ['a record', [{ records: ['a'] }]],
    ['a directory in two pools', [{ directories: ['a', 'a'], volumes: { a: {} } }, { kept: true }]],
    ['trash, even of what is to be kept', [{ trash: ['a'] }, { kept: true }]],
    ['a volume whose claim is gone', [{ volumes: { a: {} } }]],
    ['something that nobody knows', [{}, { strays: ['.hostpath-provisioner/x.tmp'] }]],
  ])('finds %s', (_, [state, options]) => {
    expect(found(state, options)).toHaveLength(1);
  });
});

test('every oracle is explained in the README', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../faults/README.md'), 'utf8');
  const names = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'L1', 'L2', 'L3', 'L4', 'alive', 'harness'];
  expect(names.filter((name) => !readme.includes(`| ${name} |`))).toEqual([]);
});
