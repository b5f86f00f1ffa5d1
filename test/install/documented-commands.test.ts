import { join } from 'node:path';
import { expect } from 'vitest';
import { describeEndToEnd } from '../e2e/e2e-test.ts';
import { pageCommand } from '../support/documents.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { withNames } from './documented.ts';
import { testOnNode } from './install-test.ts';

/** What the words of the page stand for here. */
interface Names extends Record<string, string> {
  CLAIM: string;
  CLASS: string;
  VOLUME: string;
  NODE: string;
  POD: string;
  BASE: string;
}

const claim = (name: string) => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec:
  storageClassName: example-hostpath
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 1Gi } }`;

const rollout = 'kubectl -n hostpath-provisioner-system rollout status daemonset/hostpath-provisioner --timeout=80s';

const test = testOnNode()
  .extend('names', { scope: 'file' }, async ({ cluster, shell }): Promise<Names> => {
    await shell.run(`kubectl apply -k overlays/minikube\n${rollout}`);
    await shell.run(`kubectl apply -f - <<'EOF'${claim('bound')}\n---${claim('pending')}\nEOF`);
    await shell.run(`kubectl annotate pvc bound volume.kubernetes.io/selected-node=${cluster.node}`);
    await shell.run("kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc/bound --timeout=60s");
    const pods = await shell.run('kubectl -n hostpath-provisioner-system get pods -o name');
    return {
      CLAIM: 'bound',
      CLASS: 'example-hostpath',
      VOLUME: await shell.run("kubectl get pvc bound -o jsonpath='{.spec.volumeName}'"),
      NODE: cluster.node,
      POD: pods.trim().replace('pod/', ''),
      BASE: join(cluster.tmpPath, 'hostpath-provisioner'),
    };
  })
  .extend('type', { scope: 'file' }, ({ shell, names }) => (command: string, others: Record<string, string> = {}) => {
    const all: Record<string, string> = { ...names, ...others };
    const used = Object.entries(all).filter(([word]) => new RegExp(`\\b${word}\\b`).test(command));
    return shell.run(withNames(command, Object.fromEntries(used)));
  });

describeEndToEnd('the commands of the pages, on a real node,', () => {
  test.for([
    {
      command: pageCommand('docs/troubleshooting.md', 'kubectl events --for pvc/CLAIM'),
      shows: /ProvisioningSucceeded/,
    },
    { command: pageCommand('docs/troubleshooting.md', 'kubectl events --for pv/VOLUME -n default'), shows: /^$/ },
    {
      command: pageCommand(
        'docs/troubleshooting.md',
        'kubectl -n hostpath-provisioner-system logs daemonset/hostpath-provisioner',
      ),
      shows: /"volume provisioned"/,
    },
    {
      command: pageCommand(
        'docs/troubleshooting.md',
        'kubectl -n hostpath-provisioner-system exec POD -- hostpath-provisioner trash',
      ),
      shows: /^VOLUME +CLAIM/,
    },
    {
      command: pageCommand('docs/troubleshooting.md', 'kubectl -n hostpath-provisioner-system get pods -o wide'),
      shows: /Running.* node-1 /,
    },
    { command: pageCommand('docs/troubleshooting.md', 'kubectl get storageclass'), shows: /example-hostpath/ },
    {
      command: pageCommand('docs/troubleshooting.md', 'kubectl get pv -l hostpath-provisioner/node=NODE'),
      shows: /default\/bound/,
    },
    { command: pageCommand('docs/troubleshooting.md', 'kubectl get node NODE --show-labels'), shows: /hostname=/ },
    {
      command: pageCommand('docs/troubleshooting.md', 'kubectl label node NODE KEY=VALUE'),
      names: { KEY: 'disk', VALUE: 'fast' },
      shows: /labeled/,
    },
    { command: pageCommand('docs/troubleshooting.md', 'kubectl get nodes'), shows: /node-1 +Ready/ },
    {
      command: pageCommand('docs/troubleshooting.md', 'kubectl label node NODE kubernetes.io/hostname=NODE'),
      shows: /node-1/,
    },
    { command: pageCommand('docs/troubleshooting.md', 'kubectl get pv VOLUME -o yaml'), shows: /kind: Pers/ },
    {
      command: pageCommand('docs/troubleshooting.md', 'kubectl get pv VOLUME -o yaml --show-managed-fields'),
      shows: /managedFields/,
    },
    {
      command: pageCommand(
        'docs/troubleshooting.md',
        'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
      ),
      shows: /^$/,
    },
    { command: pageCommand('docs/troubleshooting.md', "kubectl get --raw '/readyz?verbose'"), shows: /readyz check/ },
    { command: pageCommand('docs/troubleshooting.md', 'ls -la BASE/.hostpath-provisioner'), shows: /base\.json/ },
    { command: pageCommand('docs/troubleshooting.md', 'realpath BASE'), shows: /hostpath-provisioner$/m },
    { command: pageCommand('docs/troubleshooting.md', 'mkdir -p BASE'), shows: /^$/ },
    { command: pageCommand('docs/troubleshooting.md', 'ls -ld BASE'), shows: /^d/ },
    { command: pageCommand('docs/troubleshooting.md', 'df -h BASE; df -i BASE'), shows: /IFree/ },
    { command: pageCommand('docs/troubleshooting.md', 'df BASE'), shows: /Available/ },
    {
      command: pageCommand('docs/troubleshooting.md', 'cat BASE/.hostpath-provisioner/base.json'),
      shows: /"node": ?"node-1"/,
    },
    { command: pageCommand('docs/troubleshooting.md', 'ls -la BASE/VOLUME'), shows: /total/ },
    { command: pageCommand('docs/troubleshooting.md', 'ls -lad BASE/VOLUME'), shows: /^d/ },
  ])('show what is wrong: $command', async ({ command, names, shows }, { type }) => {
    expect(await type(command, names)).toMatch(shows);
  });

  test('make a claim that waits, and a class, again', async ({ type, shell }) => {
    await using directory = await temporaryDirectory();
    const uidOf = (object: string) => shell.run(`kubectl get ${object} -o jsonpath='{.metadata.uid}'`);
    const files = {
      'claim.yaml': join(directory.path, 'claim.yaml'),
      'class.yaml': join(directory.path, 'class.yaml'),
    };
    const before = [await uidOf('pvc/pending'), await uidOf('storageclass/example-hostpath')];
    const waiting = { ...files, CLAIM: 'pending' };
    await type(pageCommand('docs/troubleshooting.md', 'kubectl get pvc CLAIM -o yaml > claim.yaml'), waiting);
    await type(pageCommand('docs/troubleshooting.md', 'kubectl replace --force -f claim.yaml'), waiting);
    await type(pageCommand('docs/troubleshooting.md', 'kubectl get storageclass CLASS -o yaml > class.yaml'), files);
    await type(pageCommand('docs/troubleshooting.md', 'kubectl replace --force -f class.yaml'), files);
    const after = [await uidOf('pvc/pending'), await uidOf('storageclass/example-hostpath')];
    expect(after.filter((uid) => before.includes(uid))).toEqual([]);
  });

  test('grow a claim', async ({ type }) => {
    await type(pageCommand('docs/sizes.md', `kubectl patch storageclass CLASS -p '{"allowVolumeExpansion":true}'`));
    await type(
      pageCommand(
        'docs/sizes.md',
        `kubectl patch pvc CLAIM -p '{"spec":{"resources":{"requests":{"storage":"20Gi"}}}}'`,
      ),
    );
    const size = pageCommand('docs/sizes.md', "kubectl get pvc CLAIM -o jsonpath='{.status.capacity.storage}'");
    await until('the claim has its new size', async () => (await type(size)) === '20Gi');
    const again = pageCommand(
      'docs/monitoring.md',
      `kubectl -n NAMESPACE patch pvc NAME --type=merge -p '{"spec":{"resources":{"requests":{"storage":"20Gi"}}}}'`,
    );
    expect(await type(again, { NAMESPACE: 'default', NAME: 'bound' })).toContain('patched (no change)');
  });

  test('start the daemon anew, and delete a claim', async ({ type, shell }) => {
    await type(pageCommand('docs/troubleshooting.md', 'kubectl -n hostpath-provisioner-system delete pod POD'));
    await shell.run(rollout);
    expect(await type(pageCommand('docs/troubleshooting.md', 'kubectl delete pvc CLAIM'))).toContain('deleted');
  });
});
