import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { imageName } from '../../scripts/image/name.ts';
import { bundlePath } from '../../scripts/image/paths.ts';
import { until } from '../support/until.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';

const test = testOnCluster({ daemon: 'daemonset.yaml' });

describeEndToEnd('the image on a real node', () => {
  test('tells its options to whoever runs it, without claim, volume or rights', async ({ cluster }) => {
    const output = await cluster.runToSuccess({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'help' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'help',
            image: imageName,
            imagePullPolicy: 'Never',
            args: ['--help'],
            securityContext: {
              runAsUser: 65_534,
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
              seccompProfile: { type: 'RuntimeDefault' },
            },
          },
        ],
      },
    });
    expect(output).toBe(execFileSync(process.execPath, [bundlePath, '--help'], { encoding: 'utf8' }));
  });

  test('runs the commands that restore.md names, in the pod of the daemon', async ({ cluster }) => {
    const { metadata } = await cluster.daemonPod();
    const inPod = ['exec', `--namespace=${metadata.namespace}`, metadata.name, '--'];
    const listed = await cluster.kubectl(...inPod, 'hostpath-provisioner', 'trash');
    expect(listed).toBe('VOLUME   CLAIM   CLASS   CLUSTER   STATE\n');
  });

  test('refuses a base directory that its pod does not have from the node', async ({ cluster }) => {
    const path = '/spec/template/spec/containers/0/volumeMounts/0/mountPath';
    const elsewhere = JSON.stringify([{ op: 'replace', path, value: '/srv/elsewhere' }]);
    const { metadata } = await cluster.daemonPod();
    const namespace = `--namespace=${metadata.namespace}`;
    await cluster.kubectl('patch', namespace, 'daemonset/hostpath-provisioner', '--type=json', `--patch=${elsewhere}`);
    const told = await until('the node is told', async () => {
      const events = await cluster.api.list('/api/v1/namespaces/default/events');
      return events.find(({ reason }) => reason === 'BaseDirectoryUnusable');
    });
    expect(told.message).toContain(
      'BaseDirectoryNotInPod: Base directory /tmp/hostpath-provisioner is not mounted from the node in this pod, but /srv/elsewhere is',
    );
  });
});
