import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect } from 'vitest';
import { startCluster } from '../control-plane/real/node.ts';
import { projectImages } from '../control-plane/real/project-images.ts';
import { describeEndToEnd } from '../e2e/e2e-test.ts';
import { documentedCommands, withNames } from './documented.ts';
import { shellUntil } from './shell.ts';

const wait = documentedCommands('install.md', 'Uninstall')[3];
const [lookUp, keep, makeAgain, copy, forget] = documentedCommands('migrate.md', 'From any other');

const rollout = 'kubectl -n hostpath-provisioner-system rollout status daemonset/hostpath-provisioner --timeout=80s';

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('cluster', { scope: 'file' }, async ({}, { onCleanup }) => {
    const cluster = await startCluster({ images: projectImages() });
    onCleanup(() => cluster.stop());
    return cluster;
  })
  .extend('shell', { scope: 'file' }, ({ cluster }, { onCleanup }) =>
    shellUntil(onCleanup, { KUBECONFIG: cluster.adminKubeconfigPath }),
  );

/** A volume of another provisioner, whose class is gone, and the claim that has it. */
const foreign = (claim: string, volume: string, path: string) => `
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${volume} }
spec:
  capacity: { storage: 1Gi }
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Delete
  storageClassName: local-path
  hostPath: { path: ${path}, type: DirectoryOrCreate }
  claimRef: { namespace: default, name: ${claim} }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${claim} }
spec:
  storageClassName: local-path
  accessModes: [ReadWriteOnce]
  volumeName: ${volume}
  resources: { requests: { storage: 1Gi } }`;

describeEndToEnd('on a real node', () => {
  test('the chart is installed, passes its test, and is uninstalled without a trace of it', async ({
    cluster,
    shell,
  }) => {
    await shell.run('helm install hostpath-provisioner charts/hostpath-provisioner');
    expect(await shell.run(rollout)).toContain('successfully rolled out');

    const told = await shell.run('helm test hostpath-provisioner --timeout 80s');
    expect(told).toMatch(/TEST SUITE: +hostpath-provisioner-test\n.*\n.*\nPhase: +Succeeded/);
    await shell.run(withNames(wait, {}));
    await shell.run('helm uninstall hostpath-provisioner --wait --timeout 80s');
    expect(await shell.run('kubectl get persistentvolumeclaims,persistentvolumes,pods -A -o name')).toBe('');
    expect(readdirSync(join(cluster.tmpPath, 'hostpath-provisioner'))).toEqual(['.hostpath-provisioner']);
  });

  test("another provisioner's volume moves here with owners and modes, and what it was stays", async ({
    cluster,
    shell,
  }) => {
    await shell.run(`kubectl apply -k overlays/minikube\n${rollout}`);
    const oldPath = '/tmp/elsewhere/default/data';
    const old = join(cluster.tmpPath, 'elsewhere/default/data');
    mkdirSync(join(old, 'topic-0'), { recursive: true });
    writeFileSync(join(old, 'topic-0/segment'), 'messages', { mode: 0o640 });
    for (const path of [old, join(old, 'topic-0'), join(old, 'topic-0/segment')]) chownSync(path, 1001, 0);
    await shell.run(`kubectl apply -f - <<'EOF'${foreign('data', 'theirs', oldPath)}\nEOF`);
    await shell.run("kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc/data --timeout=60s");

    const names = { CLAIM: 'data', VOLUME: 'theirs' };
    expect(await shell.run(withNames(lookUp, names))).toBe(`theirs\n${oldPath}\n\n`);
    await shell.run(withNames(keep, { VOLUME: 'theirs' }));
    await shell.run(withNames(makeAgain, { CLAIM: 'data' }));
    await shell.run(withNames(copy, { CLAIM: 'data', NODE: cluster.node, OLD_DIRECTORY: oldPath }));

    const volume = (await shell.run("kubectl get pvc data -o jsonpath='{.spec.volumeName}'")).trim();
    const moved = join(cluster.tmpPath, 'hostpath-provisioner', volume, 'topic-0/segment');
    expect(readFileSync(moved, 'utf8')).toBe('messages');
    const { uid, mode } = statSync(moved);
    expect([uid, mode & 0o777]).toEqual([1001, 0o640]);

    await shell.run(withNames(forget, { VOLUME: 'theirs' }));
    expect(existsSync(join(old, 'topic-0/segment'))).toBe(true);
    await shell.run(`kubectl delete pvc data\n${withNames(wait, {})}`);
    expect(readFileSync(join(old, 'topic-0/segment'), 'utf8')).toBe('messages');
  });
});
