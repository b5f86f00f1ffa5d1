import { beforeEach, describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { EventNote } from '../../../src/kube/events/event-object.ts';
import { ClusterReport } from '../../../src/report/cluster-report.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { basePath, nodeName } from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { atRest } from '../../support/metric-sources.ts';

let events: EventNote[];
let metrics: Metrics;
let log: ReturnType<typeof capturedLog>;
let report: ClusterReport;
beforeEach(() => {
  events = [];
  metrics = new Metrics(atRest);
  log = capturedLog();
  report = new ClusterReport({
    log: log.log,
    metrics,
    events: { emit: (event) => void events.push(event) },
    nodeName,
  });
});

const texts = () =>
  events.map(({ regarding, type, reason, message }) => `${regarding.kind} ${type} ${reason}: ${message}`);

describe('the cluster', () => {
  test('that is known shows in the log and a metric alone', async () => {
    report.known('uid-1', false);
    expect(events).toEqual([]);
    expect(log.lines).toMatchObject([{ level: 'info', cluster: 'uid-1' }]);
    expect(await metrics.text()).toContain('\nhostpath_cluster_known 1\n');
  });

  test('that is unknown has an Event of the node, which says what to do and what does not happen meanwhile', async () => {
    report.unknown(new ApiError('Forbidden', 'cannot read namespace kube-system: no'));
    expect(texts()).toEqual([
      'Node Warning ClusterUnknown: cannot read namespace kube-system: no. The daemon cannot tell this cluster from another one, so it removes only what it sees being deleted. Grant the permission: kubectl apply -f rbac/clusterrole.yaml',
    ]);
    expect(await metrics.text()).toContain('\nhostpath_cluster_known 0\n');
    report.known('uid-1', true);
    expect(texts()[1]).toBe('Node Normal ClusterKnown: the UID of namespace kube-system is uid-1');
  });
});

describe('directories that are kept', () => {
  test.each([
    [
      { reason: 'AnotherCluster', cluster: 'uid-2', basePath, count: 3, example: 'pvc-1' },
      `AnotherCluster: in ${basePath}, the directories of 3 volumes, such as pvc-1, belong to the cluster whose namespace kube-system has the UID uid-2. Nothing was removed`,
    ],
    [
      { reason: 'ClusterUnknown', cluster: undefined, basePath, count: 1, example: 'pvc-1' },
      `ClusterUnknown: in ${basePath}, the directory of volume pvc-1 belongs to an unknown cluster. Nothing was removed`,
    ],
    [
      { reason: 'Abandoned', cluster: undefined, basePath, count: 1, example: 'pvc-1' },
      `Abandoned: in ${basePath}, the directory of volume pvc-1 has neither claim nor volume, and the daemon saw no deletion. Nothing was removed`,
    ],
  ] as const)('have a log line and an Event of the node with the next commands: %j', (group, text) => {
    report.kept([group]);
    expect(log.lines).toMatchObject([{ level: 'warn', reason: group.reason, count: group.count }]);
    expect(texts()[0]).toContain(
      `Node Warning DirectoriesKept: ${text}. "hostpath-provisioner trash" on the node lists`,
    );
    expect(texts()[0]).toContain('"hostpath-provisioner restore pvc-1 --claim NAMESPACE/NAME" gives one to a claim');
  });

  test('that are no more end in the log', () => {
    report.kept([]);
    expect(log.lines).toMatchObject([{ level: 'info' }]);
    expect(events).toEqual([]);
  });
});
