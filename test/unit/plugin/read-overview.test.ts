import { describe, expect, test } from 'vitest';
import { documentVersion } from '../../../src/model/node-status.ts';
import { apiSources } from '../../../src/plugin/cluster/api-sources.ts';
import { foundIn, type Scope, type Wanted } from '../../../src/plugin/overview.ts';
import { readOverview } from '../../../src/plugin/read-overview.ts';
import { volumeRows } from '../../../src/plugin/rows/volume-rows.ts';
import type { Json } from '../../support/api.ts';
import { json, type Reply, type ScriptedRequest, ScriptedServer, status } from '../../support/scripted-server.ts';
import { connectTo } from '../kube/scripted-connection.ts';
import { boundClaim, claim, node, storageClass, volume } from './doctor/overviews.ts';

const allNodes: Scope = { namespace: undefined, labelSelector: undefined, node: undefined };
const inDev: Scope = { ...allNodes, namespace: 'dev' };
const forVolumes: Wanted[] = ['claims', 'volumes', 'classes', 'pods', 'daemons', 'statuses'];
const forNodes: Wanted[] = ['nodes', 'daemons', 'volumes', 'statuses'];

const system = '/api/v1/namespaces/hostpath-provisioner-system/pods';

const daemonPod = (nodeName: string, env: Json[] = []): Json => ({
  metadata: { name: `daemon-${nodeName}`, namespace: 'hostpath-provisioner-system' },
  spec: { nodeName, containers: [{ name: 'hostpath-provisioner', image: 'hostpath-provisioner:1', env }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

const statusOf = (nodeName: string, volumes: Json[] = []): Json => ({
  apiVersion: documentVersion,
  kind: 'NodeStatus',
  node: nodeName,
  version: '1',
  troubles: [],
  baseDirectories: [],
  keptDirectories: {},
  volumes,
});

interface World {
  claims?: Json[];
  volumes?: Json[];
  classes?: Json[];
  daemons?: Json[];
  nodes?: Json[];
}

/** Lists by the end of their paths, page by page as an API server has them. */
function listOf(world: World, { path, query }: ScriptedRequest): Reply {
  const lists: Record<string, Json[] | undefined> = {
    persistentvolumeclaims: world.claims,
    persistentvolumes: world.volumes,
    storageclasses: world.classes ?? [storageClass('fast')],
    nodes: world.nodes,
  };
  const all = path === system ? (world.daemons ?? []) : (lists[path.split('/').at(-1) ?? ''] ?? []);
  const from = Number(query.get('continue') ?? 0);
  const to = from + Number(query.get('limit'));
  const metadata = { resourceVersion: '1', ...(to < all.length && { continue: `${to}` }) };
  return json(200, { kind: 'List', metadata, items: all.slice(from, to) });
}

/** The node that a request for a daemon asks. */
const askedNode = ({ path }: ScriptedRequest): string | undefined =>
  new RegExp(`^${system}/daemon-(.+):8080/proxy/volumes$`).exec(path)?.[1];

/** @param reply an answer other than that of the world */
async function overviewOf(
  world: World,
  scope: Scope,
  wanted: Wanted[],
  reply: (request: ScriptedRequest) => Reply | undefined = () => undefined,
) {
  const script = (request: ScriptedRequest): Reply => {
    const node = askedNode(request);
    return reply(request) ?? (node === undefined ? listOf(world, request) : json(200, statusOf(node)));
  };
  await using server = await ScriptedServer.start(script);
  await using connection = await connectTo(server);
  const overview = await readOverview(apiSources(connection), scope, wanted);
  const asked = server.requests.flatMap((request) => askedNode(request) ?? []);
  return { overview, asked, requests: server.requests };
}

describe('Among 5,000 nodes', () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `node-${index}`);
  const world: World = {
    claims: [boundClaim('a'), boundClaim('b')],
    volumes: [
      volume('a', {}, 'node-17'),
      volume('b', {}, 'node-4711'),
      volume('c', { spec: { claimRef: { namespace: 'other', name: 'c' } } }, 'node-3'),
    ],
    daemons: names.map((name) => daemonPod(name)),
    nodes: names.map((name) => node(name)),
  };

  test('only those that hold volumes of the wanted claims are asked', async () => {
    const { asked, overview } = await overviewOf(world, inDev, forVolumes);
    expect(asked.sort()).toEqual(['node-17', 'node-4711']);
    expect([...overview.statuses.keys()].sort()).toEqual(asked);
  });

  test('one node is asked, and its daemon alone is listed, if only that is wanted', async () => {
    const { asked, requests } = await overviewOf(world, { ...inDev, node: 'node-17' }, forVolumes);
    expect(asked).toEqual(['node-17']);
    const ofDaemons = requests.find(({ path }) => path === system);
    expect(ofDaemons?.query.get('fieldSelector')).toBe('spec.nodeName=node-17');
  });

  test('all are asked for the list of nodes, 32 at the same time', { timeout: 240_000 }, async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let answered = 0;
    // A daemon is answered once as many are asked as will be, and another turn of the event loop has brought no more.
    const answerAll = () => {
      most = Math.max(most, waiting.length);
      answered += waiting.length;
      for (const answer of waiting.splice(0)) answer();
    };
    const { asked } = await overviewOf(world, allNodes, forNodes, (request) => {
      const name = askedNode(request);
      if (name === undefined) return undefined;
      return (response) => {
        waiting.push(() => json(200, statusOf(name))(response));
        if (waiting.length === Math.min(32, names.length - answered)) setImmediate(answerAll);
      };
    });
    expect(new Set(asked).size).toBe(5_000);
    expect(asked.length).toBe(5_000);
    expect(most).toBe(32);
  });
});

describe('Of claims, those are read that', () => {
  const waiting = (name: string, changes: Json = {}) => claim(name, changes);
  const provisioner = (name: string) => ({ annotations: { 'volume.kubernetes.io/storage-provisioner': name } });
  const namesOf = async (world: World, scope = inDev) => {
    const { overview } = await overviewOf(world, scope, forVolumes);
    return volumeRows(overview).map((row) => row.claim);
  };

  test('have a class or a volume of the daemons, or wait for them', async () => {
    const claims = [
      waiting('of-our-class'),
      waiting('of-another-class', { spec: { storageClassName: 'other' } }),
      waiting('for-us', { metadata: provisioner('hostpath-provisioner'), spec: { storageClassName: 'gone' } }),
      waiting('for-others', { metadata: provisioner('somebody.example'), spec: { storageClassName: 'fast' } }),
      boundClaim('with-volume', { spec: { volumeName: 'pvc-a', storageClassName: 'gone' } }),
    ];
    const classes = [storageClass('fast'), storageClass('other', { provisioner: 'somebody.example' })];
    const volumes = [volume('a')];
    expect(await namesOf({ claims, classes, volumes })).toEqual(['for-us', 'of-our-class', 'with-volume']);
  });

  test('ask for a provisioner whose name the daemons were given', async () => {
    const classes = [storageClass('fast', { provisioner: 'disks.example' })];
    const env = [{ name: 'PROVISIONER_NAMES', value: 'disks.example, more.example' }];
    expect(await namesOf({ claims: [waiting('a')], classes, daemons: [daemonPod('node-1', env)] })).toEqual(['a']);
    expect(await namesOf({ claims: [waiting('a')], classes, daemons: [daemonPod('node-1')] })).toEqual([]);
  });

  test('are on the wanted node, or will be', async () => {
    const selected = { annotations: { 'volume.kubernetes.io/selected-node': 'node-2' } };
    const claims = [boundClaim('a'), boundClaim('b'), waiting('c', { metadata: selected })];
    const world = { claims, volumes: [volume('a'), volume('b', {}, 'node-2')] };
    expect(await namesOf(world, { ...inDev, node: 'node-2' })).toEqual(['b', 'c']);
  });
});

describe('What fails is a problem of its part, and the rest is read:', () => {
  const world = { claims: [boundClaim('a')], volumes: [volume('a')], daemons: [daemonPod('node-1')] };
  const rows: [string, RegExp, Wanted, string][] = [
    ['claims', /persistentvolumeclaims$/, 'claims', 'list persistentvolumeclaims in namespace dev'],
    ['volumes', /persistentvolumes$/, 'volumes', 'list persistentvolumes'],
    ['classes', /storageclasses$/, 'classes', 'list storageclasses'],
    ['pods', /namespaces\/dev\/pods$/, 'pods', 'list pods in namespace dev'],
    ['daemons', /system\/pods$/, 'daemons', 'list pods in namespace hostpath-provisioner-system'],
  ];
  test.each(rows)('the right to list %s is missing', async (_, path, part, right) => {
    const { overview } = await overviewOf(world, inDev, forVolumes, (request) =>
      path.test(request.path) ? status(403, 'Forbidden', 'no') : undefined,
    );
    expect(overview[part]).toEqual({ problem: `the right to ${right} is missing` });
    expect(volumeRows(overview)).toMatchObject([{ claim: 'a', volume: 'pvc-a' }]);
  });

  test.each<[string, Reply, RegExp]>([
    [
      'the right to ask daemons',
      status(403, 'Forbidden', 'no'),
      /^the right to get pods\/proxy in namespace hostpath-provisioner-system is missing$/,
    ],
    [
      'a daemon',
      status(404, 'NotFound', 'pods "daemon-node-1" not found'),
      /^cannot ask the daemon of node node-1: pods .* not found/,
    ],
    [
      'a version',
      json(200, { apiVersion: 'hostpath-provisioner/v2' }),
      /^the daemon of node node-1 answers in another version/,
    ],
  ])('%s is missing', async (_, reply, problem) => {
    const { overview } = await overviewOf(world, inDev, forVolumes, (request) =>
      askedNode(request) ? reply : undefined,
    );
    expect(overview.statuses.get('node-1')).toEqual({ problem: expect.stringMatching(problem) });
    expect(foundIn(overview.claims)).toHaveLength(1);
  });
});
