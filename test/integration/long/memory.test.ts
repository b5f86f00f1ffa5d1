import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { Json } from '../../support/api.ts';
import { node } from '../../support/build.ts';
import { DaemonProcess } from '../../support/daemon-process.ts';
import { json, part, type Reply, type ScriptedRequest, ScriptedServer } from '../../support/scripted-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { kubeconfig, writeKubeconfig } from '../../unit/kube/kubeconfig.ts';

/** What the daemon may take at its highest, in MiB; manifests/daemonset.yaml has a limit above it. */
const mostMiB = 150;

const noteLength = 200_000;

const nodeName = 'node-a';

/** Claims of other provisioners, each with as much in its annotations as Kubernetes lets anybody write there. */
const foreignClaim = (index: number): Json => ({
  metadata: {
    namespace: 'default',
    name: `claim-${index}`,
    uid: `uid-${index}`,
    resourceVersion: '7',
    annotations: { note: 'x'.repeat(noteLength), 'volume.kubernetes.io/storage-provisioner': 'example.com/other' },
  },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  status: { phase: 'Pending' },
});

/** A cluster with this node, and these claims. */
const clusterWith =
  (claims: number) =>
  ({ path, query }: ScriptedRequest): Reply => {
    if (query.has('watch')) return part('');
    if (path.includes('/namespaces/')) return json(200, { metadata: { name: 'kube-system', uid: 'uid-of-cluster' } });
    if (path.endsWith('/nodes')) return json(200, { metadata: { resourceVersion: '7' }, items: [node(nodeName)] });
    const from = Number(query.get('continue') ?? 0);
    const to = from + Number(query.get('limit'));
    const all = path.endsWith('/persistentvolumeclaims') ? claims : 0;
    const indices = Array.from({ length: Math.max(Math.min(to, all) - from, 0) }, (_, index) => from + index);
    const metadata = { resourceVersion: '7', ...(to < all && { continue: `${to}` }) };
    return json(200, { metadata, items: indices.map(foreignClaim) });
  };

const peakMiB = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

describe('the memory of the bundle', () => {
  test.each([300, 500])('is bounded while it lists %i claims of 200 KB', async (claims) => {
    await using folder = await temporaryDirectory();
    await using server = await ScriptedServer.start(clusterWith(claims));
    const baseDirectory = join(folder.path, 'base');
    mkdirSync(baseDirectory);
    const daemon = new DaemonProcess({
      program: inject('program'),
      kubeconfigPath: await writeKubeconfig(
        folder.path,
        kubeconfig(server.url, { cluster: { 'insecure-skip-tls-verify': true } }),
      ),
      nodeName,
      baseDirectory,
      provisionerNames: ['hostpath-provisioner'],
    });
    try {
      await daemon.untilReady(150_000); // a busy machine takes its time for 100 MB
      expect(peakMiB(daemon.process.pid ?? 0)).toBeLessThan(mostMiB);
    } finally {
      await daemon.kill('SIGKILL'); // else the server waits for its watches to end
    }
  });
});
