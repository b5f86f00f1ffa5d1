import { describe, expect } from 'vitest';
import type { Json } from '../../support/api.ts';
import { uniqueName } from '../../support/build.ts';
import type { Cluster } from '../../support/cluster.ts';
import type { DaemonProcess } from '../../support/daemon-process.ts';
import { test } from '../../support/integration.ts';
import { readManifests } from '../../support/manifests.ts';
import { until } from '../../support/until.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const rules: Rule[] = readManifests('rbac/clusterrole.yaml')[0].rules;
const rights = rules.flatMap(({ resources, verbs }) => resources.flatMap((of) => verbs.map((verb) => `${verb} ${of}`)));

function allBut(taken: string[]): Rule[] {
  const left = rules.map((rule) => ({
    ...rule,
    verbs: rule.verbs.filter((verb) => !rule.resources.some((resource) => taken.includes(`${verb} ${resource}`))),
  }));
  return left.filter(({ verbs }) => verbs.length > 0);
}

const selectedNode = 'volume.kubernetes.io/selected-node';

/** Leaves work of every kind: a claim to provision, two to give back, a volume to delete, one to grow, and a complaint to make and to repeat. */
async function leaveWork(cluster: Cluster): Promise<{ released: string }> {
  const daemon = await cluster.startDaemon();
  await cluster.createClaim('old');
  const { volume } = await cluster.untilBound('old');
  const growing = uniqueName('growing');
  await cluster.createClass(growing, { allowVolumeExpansion: true });
  await cluster.createClaim('growing', { spec: { storageClassName: growing } });
  await cluster.untilBound('growing');
  await daemon.kill();
  await cluster.api.patch(`${cluster.claimsPath}/growing`, { spec: { resources: { requests: { storage: '2Mi' } } } });
  await cluster.deleteClaim('old');
  await cluster.createClaim('new');
  await cluster.createNode(uniqueName('node'));
  const elsewhere = [{ matchLabelExpressions: [{ key: 'zone', values: ['elsewhere'] }] }];
  await createSelected(cluster, 'excluded', cluster.nodeName, { allowedTopologies: elsewhere });
  await createSelected(cluster, 'stray', 'no-such-node');
  await cluster.createClaim('classless', {
    metadata: { annotations: { 'volume.kubernetes.io/storage-provisioner': cluster.provisioner } },
    spec: { storageClassName: 'no-such-class' },
  });
  return { released: volume.metadata.name };
}

/** Makes a claim that waited for its first consumer, for which the scheduler has selected a node. */
async function createSelected(cluster: Cluster, name: string, node: string, classChanges: Json = {}): Promise<void> {
  const storageClassName = uniqueName('waits');
  await cluster.createClass(storageClassName, { volumeBindingMode: 'WaitForFirstConsumer', ...classChanges });
  const annotations = { [selectedNode]: node };
  await cluster.createClaim(name, { metadata: { annotations }, spec: { storageClassName } });
}

/** A place where a user learns of trouble: everything that it says now. */
type Place = (cluster: Cluster, daemon: DaemonProcess, released: string) => Promise<string[]>;

const readiness: Place = async (_, daemon) => {
  const { status, text } = await daemon.get('/readyz');
  return status === 503 ? text.split('\n') : [];
};

/** The Events of a claim, or of the volume that its claim let go of. */
const eventsOf =
  (claim?: string): Place =>
  async (cluster, _, released) =>
    (await cluster.eventsOf(claim ?? released)).filter((event) => event.includes(': ApiServerForbidden: '));

/** Metric and log, when no Event can tell: none may be made, or what it would be about could not be read. */
const metricAndLog =
  (metric: RegExp): Place =>
  async (_, daemon) =>
    metric.test((await daemon.get('/metrics')).text) ? daemon.denials.map(textOf) : [];

const textOf = (line: string): string => Object.values(JSON.parse(line)).join(' ');

const eventsDropped = metricAndLog(/^hostpath_events_dropped [1-9]/m);
const deletionsFailed = metricAndLog(/^hostpath_failures_total{flow="delete",reason="ApiServerForbidden"} [1-9]/m);

/** An Event of the node and a metric: the daemon goes on to work, and is ready. */
const nodeEvent: Place = async (cluster, daemon) => {
  const isTold = (await daemon.get('/metrics')).text.includes('\nhostpath_cluster_known 0\n');
  return isTold && (await daemon.get('/readyz')).status === 200 ? cluster.eventsOf(cluster.nodeName) : [];
};

/** Rights that are taken away together, as the lack of one does not hide that of another, each with the place that tells of it. */
const groups: Record<string, Place>[] = [
  {
    'list persistentvolumeclaims': readiness,
    'list persistentvolumes': readiness,
    'list storageclasses': readiness,
    'list nodes': readiness,
  },
  {
    'watch persistentvolumeclaims': readiness,
    'watch persistentvolumes': readiness,
    'watch storageclasses': readiness,
    'watch nodes': readiness,
  },
  {
    'patch persistentvolumeclaims': eventsOf('excluded'),
    'patch persistentvolumeclaims/status': eventsOf('growing'),
    'create persistentvolumes': eventsOf('new'),
    'delete persistentvolumes': eventsOf(),
    'get storageclasses': eventsOf('classless'),
    'get nodes': eventsOf('stray'),
  },
  { 'get persistentvolumeclaims': deletionsFailed, 'create events': eventsDropped },
  { 'get persistentvolumes': deletionsFailed, 'patch events': eventsDropped },
  { 'patch persistentvolumes': eventsOf() },
  { 'get namespaces': nodeEvent },
];

/** A claim that changes is looked at again, and so what there is to complain about it is noted again. */
const changeClaim = (cluster: Cluster): Promise<Json> =>
  cluster.api.patch(`${cluster.claimsPath}/classless`, {
    metadata: { annotations: { changed: new Date().toISOString() } },
  });

describe('the rights of the shipped role', () => {
  test('suffice for work of every kind', async ({ cluster }) => {
    const { released } = await leaveWork(cluster);
    await cluster.startDaemon();
    await cluster.untilBound('new');
    await cluster.untilVolumeGone(released);
    await until(
      'a claim has grown',
      async () => (await cluster.readClaim('growing'))?.status.capacity.storage === '2Mi' || undefined,
    );
    await until('a claim is given back', async () => {
      const { annotations = {} } = (await cluster.readClaim('excluded')).metadata;
      return annotations[selectedNode] === undefined;
    });
    await until('a complaint is repeated', async () => {
      await changeClaim(cluster);
      const events: Json[] = await cluster.api.list(`/api/v1/namespaces/${cluster.namespace}/events`);
      return events.some(({ involvedObject, count }) => involvedObject.name === 'classless' && count > 1);
    });
  });

  test('are those that the groups have', () => {
    expect(groups.flatMap(Object.keys).sort()).toEqual(rights.toSorted());
  });

  test.for(groups.map((group) => [Object.keys(group).join(', '), group] as const))(
    'without "%s" the user is told what is denied, and the daemon lives',
    async ([, group], { cluster }) => {
      cluster.expectsDenials = true;
      const { released } = await leaveWork(cluster);
      const kubeconfigPath = await cluster.kubeconfigWithRights(allBut(Object.keys(group)));
      const daemon = await cluster.startDaemon({ kubeconfigPath, waitUntilReady: false });
      const isTold = async (denial: string, place: Place) => {
        await changeClaim(cluster);
        const told = await place(cluster, daemon, released);
        if (!told.some((text) => text.includes(denial))) throw new Error(JSON.stringify(told));
        return true;
      };
      const denials = Object.entries(group).map(([right, place]) => {
        const [verb, resource] = right.split(' ');
        return { denial: `cannot ${verb} resource "${resource}"`, place };
      });
      // What fails is tried again ever more rarely; a claim that waits for another node is looked at after half a minute.
      for (const { denial, place } of denials)
        await until(`it is told: ${denial}`, () => isTold(denial, place), { withinMs: 70_000 });
      expect((await daemon.get('/healthz')).status).toBe(200);
      for (const { denial } of denials) expect(daemon.denials.join('\n')).toContain(denial.replaceAll('"', '\\"'));
    },
  );
});
