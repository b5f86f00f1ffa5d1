import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';

const test = testOnCluster({ daemon: 'pod.yaml' });

describeEndToEnd('the shipped manifests, with the single pod', () => {
  test("bind the article's claim, run its pod and remove everything with the claim", async ({ cluster }) => {
    await cluster.kubectl('apply', '-f', 'manifests/claim.yaml', '-f', 'manifests/test-pod.yaml');
    await cluster.untilSucceeded('test-pod');
    const { directory } = await cluster.untilBound('hostpath');
    expect(existsSync(join(directory, 'SUCCESS'))).toBe(true);

    await cluster.kubectl('delete', '-f', 'manifests/test-pod.yaml', '--wait');
    await cluster.deleteWithVolume('hostpath');
  });
});
