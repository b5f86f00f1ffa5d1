import { expect } from 'vitest';
import { describeEndToEnd, testOnCluster } from '../e2e/e2e-test.ts';
import { startedAt, waitedForProcessorMs } from '../e2e/processes.ts';
import { processStatus } from '../support/capabilities.ts';

const readyWithinMs = 1_000;
const mostResidentKiB = 130 * 1024;

const test = testOnCluster({ daemon: 'daemonset.yaml' });

describeEndToEnd('the image on a real node', () => {
  test('is ready within a second of its start, and small', async ({ cluster }) => {
    const earlier = cluster.daemonProcessId();
    cluster.killDaemon();
    const ready = cluster.untilReadyzAnswers().then(() => Date.now());
    const id = await cluster.untilDaemonRunsAgain(earlier);
    const startMs = (await ready) - startedAt(id);
    const waitedMs = waitedForProcessorMs(id);
    const residentKiB = Number.parseInt(processStatus(id).VmRSS ?? '', 10);
    const figures = [startMs, waitedMs, residentKiB / 1024].map(Math.round);
    console.log('ready after %d ms, %d of them without a processor; %d MiB resident', ...figures);
    expect(startMs - waitedMs).toBeLessThan(readyWithinMs);
    expect(residentKiB).toBeLessThan(mostResidentKiB);
  });
});
