import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { ReportLine } from '../../faults/agent/plan.ts';
import { clusterText } from '../../faults/crash-table/cluster-state.ts';
import { proveSame } from '../../faults/crash-table/crash-table.ts';
import { diskText, readDisk } from '../../faults/crash-table/disk.ts';
import { callText, requestText } from '../../faults/crash-table/effect-text.ts';
import { Effects } from '../../faults/crash-table/effects.ts';
import { flows } from '../../faults/crash-table/flows.ts';
import { pageOf } from '../../faults/crash-table/page.ts';
import { type Observation, rowsOf } from '../../faults/crash-table/rows.ts';
import type { ProxiedRequest } from '../../faults/proxy/fault-proxy.ts';
import { Tally } from '../../faults/runs/tally.ts';
import type { World } from '../../faults/world/world.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const subject = { base: '/base', volume: 'pvc-1' };
const state = '/base/.hostpath-provisioner';

const call = (label: string, path: string, more: Partial<ReportLine> = {}): ReportLine => ({
  life: 1,
  kind: 'fs',
  label,
  nth: 1,
  path,
  event: 'begin',
  ...more,
});

const request = (method: string, more: Partial<ProxiedRequest> = {}): ProxiedRequest =>
  ({
    method,
    label: `${method} persistentvolumes`,
    kind: 'write',
    resource: 'persistentvolumes',
    ...more,
  }) as ProxiedRequest;

describe('a step in words', () => {
  test.each<[ReportLine, string]>([
    [call('mkdir', '/base/pvc-1'), 'mkdir the directory'],
    [call('fsync', '/base'), 'fsync the base directory'],
    [call('create', `${state}/4711.tmp`), 'create a temporary file'],
    [
      call('rename', `${state}/4711.tmp`, { to: `${state}/volumes/pvc-1.json` }),
      'rename a temporary file to the record',
    ],
    [call('rmdir', `${state}/trash/pvc-1`, { kind: 'erase' }), 'rmdir its place in the trash'],
    [call('unlink', `${state}/trash/pvc-1/record.json`, { kind: 'erase' }), 'unlink the record in the trash'],
    [call('unlink', `${state}/trash/pvc-1/directory/x`, { kind: 'erase' }), 'erase the directory in the trash'],
    [call('rmdir', `${state}/trash/pvc-1/erasing`, { kind: 'erase' }), 'erase the directory in the trash'],
  ])('calls have no names of one run: %j', (line, text) => {
    expect(callText(line, subject)).toBe(text);
  });

  test('a call at a place that has no words is an error', () => {
    expect(() => callText(call('mkdir', '/base/pvc-2'), subject)).toThrow('/base/pvc-2');
  });

  test.each<[ProxiedRequest, string]>([
    [request('POST'), 'POST the volume'],
    [request('PATCH', { body: { metadata: { finalizers: ['x'] } } }), 'PATCH the volume: put our finalizer on'],
    [
      request('PATCH', { body: { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } } }),
      'PATCH the volume: take our finalizer off',
    ],
    [request('PATCH', { body: { metadata: { labels: {} } } }), 'PATCH the volume: label it as ours'],
  ])('a request says what it changes: %j', (asked, text) => {
    expect(requestText(asked)).toBe(text);
  });

  test('a request that has no words is an error', () => {
    expect(() => requestText(request('DELETE', { resource: 'nodes' }))).toThrow('nodes');
    expect(() => requestText(request('PATCH', { body: { metadata: { name: 'x' } } }))).toThrow('name');
  });
});

describe('a tally', () => {
  test.each([
    [0, async () => undefined],
    [1, () => Promise.reject(new Error('differs'))],
  ])('counts %i violations of a check', async (failed, deed) => {
    await using folder = await temporaryDirectory();
    using told = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const tally = new Tally(folder.path);
    await tally.check('crash table', deed);
    expect(told).toHaveBeenCalledTimes(failed);
    expect(tally.failed).toBe(failed);
    expect(tally.finish()).toContain(`| crash table |  | 1 | 1 | ${failed} | 0 |`);
  });
});

test('calls and requests come in the order in which the daemon made them, each with its point', async () => {
  const lines: ReportLine[] = [];
  const world = { lane: { proxy: { hooks: {} } }, lives: { count: 1, report: { lines: () => lines } } };
  const effects = new Effects(world as unknown as World);
  const ask = (asked: ProxiedRequest) => (world.lane.proxy.hooks as World['lane']['proxy']['hooks']).onRequest?.(asked);
  lines.push(call('mkdir', '/base/pvc-1'), call('open', '/base/pvc-1'));
  await ask(request('POST'));
  await ask(request('POST', { resource: 'events' }));
  await ask(request('GET', { kind: 'read' }));
  lines.push(call('mkdir', '/base/pvc-1', { event: 'end' }), call('rmdir', '/base/pvc-1', { nth: 2 }));
  await ask(request('POST'));
  world.lives.count = 2;
  lines.push(call('fsync', '/base', { life: 2 }));
  await ask(request('DELETE'));
  const told = (life: number) => effects.ofLife(life, subject).map(({ text, point }) => `${text}#${point.nth}`);
  expect(told(1)).toEqual(['mkdir the directory#1', 'POST the volume#1', 'rmdir the directory#2', 'POST the volume#2']);
  expect(told(2)).toEqual(['fsync the base directory#1', 'DELETE the volume#1']);
});

describe('the disk in words', () => {
  const words = async (files: Record<string, string>, directories: string[] = []) => {
    await using folder = await temporaryDirectory();
    for (const path of directories) mkdirSync(join(folder.path, path), { recursive: true, mode: 0o700 });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(folder.path, path, '..'), { recursive: true });
      writeFileSync(join(folder.path, path), content);
    }
    return diskText(readDisk({ base: folder.path, volume: 'pvc-1' }));
  };
  const own = '.hostpath-provisioner';
  const label = { [`${own}/base.json`]: '{}' };
  const record = (fields: object) => ({ [`${own}/volumes/pvc-1.json`]: JSON.stringify(fields) });

  test.each<[string, Record<string, string>, string[]]>([
    ['nothing of ours', {}, []],
    ['our own directory without label', {}, [own]],
    ['nothing', { ...label, ...{ [`${own}/volumes/pvc-2.json`]: '{}' } }, ['pvc-2']],
    ['temporary file', { ...label, [`${own}/4711.tmp`]: '' }, []],
    ['record, directory (0700)', { ...label, ...record({ reclaimPolicy: 'Delete' }) }, ['pvc-1']],
    ['record that says Retain', { ...label, ...record({ reclaimPolicy: 'Retain' }) }, []],
    ['record with time', { ...label, ...record({ reclaimPolicy: 'Delete', trashedAt: 'now' }) }, []],
    ['in the trash: an empty place', label, [`${own}/trash/pvc-1`]],
    [
      'in the trash: directory and record',
      { ...label, [`${own}/trash/pvc-1/record.json`]: '{}' },
      [`${own}/trash/pvc-1/directory`],
    ],
    [
      'record; in the trash: `erasing`',
      { ...label, ...record({ reclaimPolicy: 'Delete' }) },
      [`${own}/trash/pvc-1/erasing`],
    ],
  ])('%s', async (text, files, directories) => {
    expect(await words(files, directories)).toBe(text);
  });
});

describe('the API server in words', () => {
  const volume = (metadata: object, phase = 'Bound') => ({
    metadata: { labels: { 'hostpath-provisioner/node': 'a' }, ...metadata },
    status: { phase },
  });
  const finalizers = ['kubernetes.io/pv-protection', 'external-provisioner.volume.kubernetes.io/finalizer'];
  const bound = { status: { phase: 'Bound' } };

  test.each([
    ['no claim; no volume', undefined, undefined],
    ['claim Pending; no volume', { status: { phase: 'Pending' } }, undefined],
    ['claim Bound; volume Bound, with our finalizer', bound, volume({ finalizers })],
    ['claim Bound; volume Bound, without our label, without our finalizer', bound, volume({ labels: undefined })],
    [
      'no claim; volume Released, being deleted, with our finalizer',
      undefined,
      volume({ finalizers, deletionTimestamp: 'now' }, 'Released'),
    ],
  ])('%s', (text, claim, found) => {
    expect(clusterText({ claim, volume: found })).toBe(text);
  });
});

describe('rows', () => {
  const seen = (step: string | undefined, disk: string, restart: string[] = []): Observation => ({
    step,
    disk,
    cluster: 'no claim',
    restart,
  });

  test('steps with the same states and the same restart share one', () => {
    const rows = rowsOf([seen('a', 'x'), seen('b', 'x'), seen('c', 'y'), seen('d', 'x')]);
    expect(rows.map(({ numbers, steps }) => [numbers, steps])).toEqual([
      ['1–2', ['a', 'b']],
      ['3', ['c']],
      ['4', ['d']],
    ]);
  });

  test('what comes after the last step has one for itself, without a number', () => {
    const rows = rowsOf([seen('a', 'x'), seen(undefined, 'x')]);
    expect(rows.map(({ numbers, steps }) => [numbers, steps])).toEqual([
      ['1', ['a']],
      ['', []],
    ]);
  });

  const steps = ['make', 'sync', 'move', 'sync', 'end'];

  test.each<[string[], string]>([
    [[], 'nothing'],
    [['make', 'sync', 'move', 'sync', 'end'], '1–5'],
    [['move', 'sync', 'end'], '3–5'],
    [['make', 'move', 'sync'], '1, 3–4'],
    [['sweep', 'make', 'end'], 'sweep, 1, 5'],
    [['sync', 'end'], '4–5'],
    [['sync', 'move', 'sync', 'end'], '2–5'],
    [['end', 'make', 'sync', 'move'], 'end, 1–3'],
  ])('a restart that did %j is told as "%s"', (restart, text) => {
    const observations = steps.map((step, index) => seen(step, `${index}`, restart));
    expect(rowsOf(observations)[0]?.restart).toBe(text);
  });
});

test('the page has a table for each flow, and says how it is made', () => {
  const observations = [{ step: 'make', disk: 'nothing', cluster: 'no claim', restart: ['make'] }];
  const page = pageOf(flows.map((flow) => ({ flow, observations })));
  expect(page).toContain('npm run crash-table');
  for (const { title } of flows) expect(page).toContain(`## ${title}\n`);
  expect(page.match(/\| 1 \| make \| nothing \| no claim \| 1 \|/g)).toHaveLength(flows.length);
});

test('a page that is not what was seen is told with its differences and what to do', () => {
  expect(() => proveSame('| 1 | make |', '| 1 | make |')).not.toThrow();
  const told = () => proveSame('same\n| 1 | make |', 'same\n| 1 | sync |');
  expect(told).toThrow(/npm run crash-table.*\n- \| 1 \| make \|\n\+ \| 1 \| sync \|$/);
});
