import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { describeEndToEnd } from '../e2e/e2e-test.ts';
import { pageBlock, pageCommand } from '../support/documents.ts';
import { readmeBlock, readmeCommand } from '../support/readme.ts';
import { until } from '../support/until.ts';
import { documentedCommands, withNames } from './documented.ts';
import { testOnNode } from './install-test.ts';
import { type } from './typed.ts';

const wait = documentedCommands('install.md', 'Uninstall')[3];
const [lookUp, keep, makeAgain, copy, forget] = documentedCommands('migrate.md', 'From any other');

const rollout = 'kubectl -n hostpath-provisioner-system rollout status daemonset/hostpath-provisioner --timeout=80s';

const test = testOnNode();

/** A class whose volumes can be had back. */
const keepingClass = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: { name: kept }
provisioner: example.com/hostpath
parameters: { trashRetention: 36h }`;

const claim = (name: string, spec: { storageClassName?: string; selector?: string }) => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec:
  storageClassName: ${spec.storageClassName ?? 'example-hostpath'}
  accessModes: [ReadWriteOnce]
  selector: ${spec.selector ?? 'null'}
  resources: { requests: { storage: 1Gi } }`;

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
    const install = readmeCommand(
      'helm install hostpath-provisioner charts/hostpath-provisioner --set baseDirectory=...',
    );
    await shell.run(withNames(install, { '...': '/tmp/hostpath-provisioner' }));
    expect(await shell.run(rollout)).toContain('successfully rolled out');

    const told = await shell.run(pageCommand('docs/install.md', 'helm test hostpath-provisioner'));
    expect(told).toMatch(/TEST SUITE: +hostpath-provisioner-test\n.*\n.*\nPhase: +Succeeded/);
    await shell.run(withNames(wait, {}));
    await shell.run(pageCommand('docs/install.md', 'helm uninstall hostpath-provisioner --wait'));
    expect(await shell.run('kubectl get persistentvolumeclaims,persistentvolumes,pods -A -o name')).toBe('');
    expect(readdirSync(join(cluster.tmpPath, 'hostpath-provisioner'))).toEqual(['.hostpath-provisioner']);
  });

  test("README.md's quick start prints what it shows, leaves the file in the volume, and goes again", async ({
    cluster,
    shell,
  }) => {
    await type(shell, readmeBlock('kubectl apply -k overlays/minikube'));
    const volume = await shell.run("kubectl get pvc hostpath -o jsonpath='{.spec.volumeName}'");
    const directory = join(cluster.tmpPath, 'hostpath-provisioner', volume);
    expect(readdirSync(directory)).toEqual(['SUCCESS']);

    await shell.run(readmeCommand('kubectl delete -f manifests/test-pod.yaml -f manifests/claim.yaml'));
    await shell.run(withNames(wait, {}));
    expect(existsSync(directory)).toBe(false);
  });

  test("README.md's demo finds the daemon, and all of it holds", async ({ cluster, shell }) => {
    const demo = readmeCommand('npm run demo -- --kubeconfig FILE');
    const told = await shell.run(withNames(demo, { FILE: cluster.adminKubeconfigPath }));
    expect(told).toContain(`the daemon runs there: on node ${cluster.node}`);
    expect(told).toContain('All of it held.');
  });

  test('README.md shows what an Event says, and where it is read', async ({ cluster, shell }) => {
    await shell.run(`kubectl apply -f - <<'EOF'${claim('data', { selector: '{ matchLabels: { disk: fast } }' })}\nEOF`);
    await shell.run(`kubectl annotate pvc data volume.kubernetes.io/selected-node=${cluster.node}`);
    const events = readmeBlock('kubectl events --for pvc/data --types=Warning');
    const isTold = async () => (await shell.run(events[0]?.command ?? '')).includes('ProvisioningFailed');
    await until('the claim has its Event', isTold, { withinMs: 30_000, everyMs: 200 });
    await type(shell, events);
    expect(
      await shell.run(
        withNames(pageCommand('docs/troubleshooting.md', 'kubectl describe pvc CLAIM'), { CLAIM: 'data' }),
      ),
    ).toContain('ProvisioningFailed');
    await shell.run('kubectl delete pvc data');
    expect(
      await shell.run(pageCommand('docs/troubleshooting.md', 'kubectl -n hostpath-provisioner-system get pods')),
    ).toMatch(/ 1\/1 +Running /);
  });

  test('restore.md has a removed volume back, with the file that was in it', async ({ cluster, shell }) => {
    await shell.run(`kubectl create namespace kafka\nkubectl apply -f - <<'EOF'${keepingClass}\nEOF`);
    const apply = `kubectl apply -n kafka -f - <<'EOF'${claim('data-0-kafka-0', { storageClassName: 'kept' })}\nEOF`;
    const bound = "kubectl -n kafka wait --for=jsonpath='{.status.phase}'=Bound pvc/data-0-kafka-0 --timeout=60s";
    const volumeOf = "kubectl -n kafka get pvc data-0-kafka-0 -o jsonpath='{.spec.volumeName}'";
    await shell.run(`${apply}\n${bound}`);
    const volume = await shell.run(volumeOf);
    const file = join(cluster.tmpPath, 'hostpath-provisioner', volume, 'segment');
    writeFileSync(file, 'messages');
    expect(
      await shell.run(
        withNames(pageCommand('docs/troubleshooting.md', 'kubectl describe pv VOLUME'), { VOLUME: volume }),
      ),
    ).toContain('Events:');
    await shell.run('kubectl -n kafka delete pvc data-0-kafka-0');
    await shell.run(withNames(wait, {}));
    expect(existsSync(file)).toBe(false);

    const look = 'kubectl -n hostpath-provisioner-system get pods -o name';
    const pod = (await shell.run(look)).trim().replace('pod/', '');
    const names = { 'hostpath-provisioner-x7k2p': pod, 'node-1': cluster.node };
    await type(
      shell,
      pageBlock(
        'docs/restore.md',
        'kubectl -n hostpath-provisioner-system get pods -o name --field-selector spec.nodeName=node-1',
      ),
      names,
    );
    await type(
      shell,
      pageBlock(
        'docs/restore.md',
        'kubectl -n hostpath-provisioner-system exec hostpath-provisioner-x7k2p -- hostpath-provisioner restore pvc-c5a8fe30-630f-4afd-9a32-0ba3adefd9cc --claim kafka/data-0-kafka-0',
      ),
      { 'hostpath-provisioner-x7k2p': pod, 'pvc-c5a8fe30-630f-4afd-9a32-0ba3adefd9cc': volume },
    );
    await shell.run(`${apply}\n${bound}`);
    expect(await shell.run(volumeOf)).toBe(volume);
    expect(readFileSync(file, 'utf8')).toBe('messages');

    // Its policy is Retain now: the claim goes again, and the volume stays.
    const letBind = pageCommand(
      'docs/lifecycle.md',
      `kubectl patch pv VOLUME --type=merge -p '{"spec":{"claimRef":{"uid":null,"resourceVersion":null}}}'`,
    );
    await shell.run('kubectl -n kafka delete pvc data-0-kafka-0');
    await shell.run(`kubectl wait --for=jsonpath='{.status.phase}'=Released pv/${volume} --timeout=60s`);
    await shell.run(withNames(letBind, { VOLUME: volume }));
    await shell.run(`${apply}\n${bound}`);
    expect(await shell.run(volumeOf)).toBe(volume);
    for (const removal of [
      'kubectl -n kafka delete pvc data-0-kafka-0',
      withNames(forget, { VOLUME: volume }),
      'kubectl delete namespace kafka --wait=false',
      'kubectl delete storageclass kept',
    ]) {
      await shell.run(removal);
    }
  });

  test('troubleshooting.md names the place that tells of a base directory that was removed, and what is told helps', async ({
    cluster,
    shell,
  }) => {
    const base = join(cluster.tmpPath, 'hostpath-provisioner');
    rmSync(base, { recursive: true });
    await shell.run(`kubectl apply -f - <<'EOF'${claim('data', {})}\nEOF`);
    const describeNode = withNames(pageCommand('docs/troubleshooting.md', 'kubectl describe node NODE'), {
      NODE: cluster.node,
    });
    const told = /BaseDirectoryUnusable.*BaseDirectoryMissing: .* was removed on the node\. Make it again/;
    const isTold = async () => told.test(await shell.run(describeNode));
    await until('the node has its Event', isTold, { withinMs: 60_000, everyMs: 200 });

    mkdirSync(base);
    await shell.run(`kubectl -n hostpath-provisioner-system delete pod --all\n${rollout}`);
    await shell.run(`kubectl annotate pvc data volume.kubernetes.io/selected-node=${cluster.node}`);
    await shell.run("kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc/data --timeout=60s");
    await shell.run(`kubectl delete pvc data\n${withNames(wait, {})}`);
  });

  test("install.md's way to uninstall leaves nothing of the daemon in the cluster", async ({ shell }) => {
    await type(shell, pageBlock('docs/install.md', 'kubectl get pv -l hostpath-provisioner/node'));
    const left = 'kubectl get namespaces,clusterroles,clusterrolebindings,storageclasses -o name';
    expect(await shell.run(left)).not.toContain('hostpath');
  });

  test("another provisioner's volume moves here with owners and modes, and what it was stays", async ({
    cluster,
    shell,
  }) => {
    const plain = readmeCommand('kubectl apply -f rbac/ -f manifests/daemonset.yaml -f manifests/class.yaml');
    await shell.run(`${plain}\n${rollout}`);
    expect(await shell.run(pageCommand('docs/troubleshooting.md', 'kubectl apply -f rbac/'))).not.toMatch(
      /created|configured/,
    );
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
