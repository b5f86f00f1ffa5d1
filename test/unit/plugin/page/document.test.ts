import { describe, expect, test } from 'vitest';
import type { PageContent } from '../../../../src/plugin/page/content.ts';
import { failureDocument, pageDocument } from '../../../../src/plugin/page/document.ts';
import type { NodeRow, TrashRow, VolumeRow } from '../../../../src/plugin/rows/rows.ts';

const options = { subject: 'context kind', clusterOptions: [], refreshMs: 30_000, basePath: '/random/' };
const gib = 2 ** 30;

const content = (changes: Partial<PageContent> = {}): PageContent => ({
  atMs: Date.parse('2026-11-29T12:00:00Z'),
  findings: [],
  nodes: [],
  volumes: [],
  trash: [],
  problems: { nodes: [], volumes: [], trash: [] },
  ...changes,
});

const page = (changes: Partial<PageContent> = {}): string => pageDocument(content(changes), options);

/** The text of each cell of the rows of a table, with what is not shown. */
function rowsOf(id: string, changes: Partial<PageContent>): string[][] {
  const section = page(changes).split(`<table id="${id}-table"`)[1]?.split('</table>')[0] ?? '';
  const rows = section.split('<tbody>').slice(1).join('').split('<tr ').slice(1);
  return rows.map((row) =>
    row
      .split(/<t[hd][ >]/)
      .slice(1)
      .map(textOf),
  );
}

const textOf = (markup: string): string =>
  markup
    .replace(/^[^<]*?>/, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

const volume = (changes: Partial<VolumeRow> = {}): VolumeRow => ({
  namespace: 'kafka',
  claim: 'data-0',
  status: 'Bound',
  node: 'node-1',
  requestedBytes: 10 * gib,
  usedBytes: 3.1 * gib,
  usedPercent: 31,
  pods: ['kafka-0'],
  ...changes,
});

const node = (changes: Partial<NodeRow> = {}): NodeRow => ({
  node: 'node-1',
  status: 'Ready',
  pool: 'ssd',
  baseDirectory: '/mnt/ssd',
  fileSystem: 'xfs',
  sizeBytes: 100 * gib,
  freeBytes: 60 * gib,
  volumes: 1_200,
  requestedBytes: 150 * gib,
  trashBytes: 10 * gib,
  orphans: 0,
  ...changes,
});

const trashed = (changes: Partial<TrashRow> = {}): TrashRow => ({
  node: 'node-1',
  volume: 'pvc-1',
  pool: 'ssd',
  namespace: 'kafka',
  claim: 'data-0',
  usedBytes: 2 * gib,
  removedAt: '2026-11-28T22:00:00Z',
  keptUntil: '2026-11-30T10:00:00Z',
  ...changes,
});

describe('a volume', () => {
  test.each<[string, Partial<VolumeRow>, string[]]>([
    ['in use', {}, ['kafka/ data-0', 'node-1', 'Bound', 'kafka-0', '3.1 GiB', '10 GiB', '31%', '']],
    [
      'used by several pods',
      { pods: ['a', 'b'] },
      ['kafka/ data-0', 'node-1', 'Bound', 'a, b', '3.1 GiB', '10 GiB', '31%', ''],
    ],
    ['used by no pod', { pods: [] }, ['kafka/ data-0', 'node-1', 'Bound', 'none', '3.1 GiB', '10 GiB', '31%', '']],
    [
      'that is empty',
      { usedBytes: 0, usedPercent: 0 },
      ['kafka/ data-0', 'node-1', 'Bound', 'kafka-0', '0', '10 GiB', '0%', ''],
    ],
    [
      'over its request',
      { usedBytes: 12 * gib, usedPercent: 120, remark: 'over its request' },
      ['kafka/ data-0', 'node-1', 'Bound', 'kafka-0', '12 GiB', '10 GiB', '120%', 'over its request'],
    ],
  ])('%s', (_, changes, cells) => {
    expect(rowsOf('volumes', { volumes: [volume(changes)] })).toEqual([cells]);
  });

  test('of which nothing could be read but the claim', () => {
    const cells = ['kafka/ data-0', 'unknown', 'Pending', 'unknown', 'unknown', 'unknown', 'unknown', ''];
    const row = { namespace: 'kafka', claim: 'data-0', status: 'Pending' };
    expect(rowsOf('volumes', { volumes: [row] })).toEqual([cells]);
  });

  test.each([
    [84, 'fine', 84],
    [85, 'high', 85],
    [100, 'high', 100],
    [101, 'over', 100],
  ])('that uses %d percent has a bar that is %s and %d percent long', (usedPercent, level, length) => {
    expect(page({ volumes: [volume({ usedPercent })] })).toContain(
      `<svg class="bar ${level}" aria-hidden="true"><rect width="${length}%" height="100%"/></svg>`,
    );
  });
});

describe('a base directory', () => {
  test('with all that is known of it', () => {
    const disk = '60 GiB free of 100 GiB';
    const cells = [
      'node-1',
      'Ready',
      '/mnt/ssd pool ssd, xfs',
      disk,
      '1,200',
      '150 GiB 150% of the disk',
      '10 GiB',
      '0',
    ];
    expect(rowsOf('nodes', { nodes: [node()] })).toEqual([cells]);
  });

  test('of a node that could not be asked', () => {
    const cells = ['node-2', 'NoDaemon', ...Array.from({ length: 6 }, () => 'unknown')];
    expect(rowsOf('nodes', { nodes: [{ node: 'node-2', status: 'NoDaemon' }] })).toEqual([cells]);
  });

  test('has a bar of what is used, and then of the trash', () => {
    expect(page({ nodes: [node()] })).toContain(
      '<rect width="30%" height="100%"/><rect class="trash" x="30%" width="10%" height="100%"/>',
    );
  });

  test('a node with two counts as one, and is ready if both are', () => {
    const nodes = [node(), node({ pool: 'hdd', status: 'NotMounted' }), node({ node: 'node-2' })];
    expect(page({ nodes })).toContain('2 nodes, 1 ready');
  });
});

describe('a deleted volume', () => {
  test('has the command that restores it', () => {
    const command =
      'kubectl hostpath-provisioner restore pvc-1 --claim kafka/data-0 Copy the command that restores pvc-1';
    const cells = ['kafka/ data-0 pvc-1', 'node-1', '2 GiB', '14 h ago', '22 h', command];
    expect(rowsOf('trash', { trash: [trashed()] })).toEqual([cells]);
  });

  test('that cannot be restored has the reason', () => {
    const cells = ['unknown pvc-1', 'node-1', 'unknown', 'unknown', 'not kept', 'its record is damaged'];
    const row = { node: 'node-1', volume: 'pvc-1', pool: 'ssd', problem: 'its record is damaged' };
    expect(rowsOf('trash', { trash: [row] })).toEqual([cells]);
  });
});

describe('findings', () => {
  const finding = (level: 'OK' | 'WARN' | 'FAIL', subject: string) => ({
    level,
    check: 'check',
    subject,
    text: 'is so',
  });

  test('come before everything else, the worst first', () => {
    const shown = page({ findings: [finding('OK', 'classes'), finding('WARN', 'node a'), finding('FAIL', 'claim b')] });
    const order = ['1 failure and 1 warning', 'claim b', 'node a', '1 check found nothing wrong', 'classes', '>Nodes<'];
    const places = order.map((text) => shown.indexOf(text));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeGreaterThan(0);
  });

  test('are folded if there are many', () => {
    const shown = page({ findings: Array.from({ length: 30 }, (_, index) => finding('WARN', `node ${index}`)) });
    expect(shown).toContain('30 warnings');
    expect(shown).toContain('<summary>22 more</summary>');
  });

  test('say so if nothing is wrong', () => {
    expect(page({ findings: [finding('OK', 'classes')] })).toContain('>Nothing wrong found<');
  });
});

test('each section says what it could not read, and shows the rest', () => {
  const problems = { nodes: ['no nodes'], volumes: ['no volumes'], trash: ['no trash'] };
  const shown = page({ problems, volumes: [volume()] });
  const order = [
    '>Nodes<',
    '>no nodes<',
    '>Volumes<',
    '>no volumes<',
    'kafka-0',
    '>Trash<',
    '>no trash<',
    'No deleted volume is known',
  ];
  const places = order.map((text) => shown.indexOf(text));
  expect(places.every((place, index) => place > (places[index - 1] ?? 0))).toBe(true);
});

test('an empty cluster has a statement in place of each table', () => {
  const shown = page();
  expect(shown).toContain('No node has a daemon or volumes.');
  expect(shown).toContain('No claim has a class of this provisioner.');
  expect(shown).toContain('No deleted volume is kept.');
  expect(shown).not.toContain('<table');
});

describe('hostile text', () => {
  const evil = `"><img src=x onerror=alert(1)>'&lt;`;

  test.each<[string, Partial<PageContent>]>([
    ['in findings', { findings: [{ level: 'FAIL', check: evil, subject: evil, text: evil, command: evil }] }],
    [
      'in volumes',
      { volumes: [volume({ namespace: evil, claim: evil, status: evil, node: evil, pods: [evil], remark: evil })] },
    ],
    ['in nodes', { nodes: [node({ node: evil, status: evil, pool: evil, baseDirectory: evil, fileSystem: evil })] }],
    [
      'in the trash',
      {
        trash: [trashed({ node: evil, volume: evil, namespace: evil, claim: evil, removedAt: evil, keptUntil: evil })],
      },
    ],
    ['in a record that cannot be read', { trash: [trashed({ problem: evil })] }],
    ['in problems', { problems: { nodes: [evil], volumes: [evil], trash: [evil] } }],
  ])('%s becomes neither an element nor an attribute', (_, changes) => {
    const shown = page(changes);
    expect(shown).not.toContain('<img src=x');
    expect(shown).toContain('&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&amp;lt;');
  });

  test('in what the page is about, and in a failure', () => {
    expect(pageDocument(content(), { ...options, subject: evil })).not.toContain('<img src=x');
    expect(failureDocument(evil, options)).not.toContain('<img src=x');
  });
});
