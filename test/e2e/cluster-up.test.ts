import type { V1Pod, V1Service } from '@kubernetes/client-node';
import { test as base, expect } from 'vitest';
import { readmeCommand } from '../support/readme.ts';
import { DeveloperCluster, npmRun, type } from './developer-cluster.ts';
import { describeEndToEnd } from './e2e-test.ts';
import { headlessService } from './objects.ts';
import { namespaces, traces, usersOf } from './traces.ts';

/** Serves its own name, and finds itself by the name that the headless service gives it. */
const server: V1Pod = {
  metadata: { name: 'web-0', labels: { app: 'web' } },
  spec: {
    hostname: 'web-0',
    subdomain: 'web',
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'web',
        image: 'busybox:1.36',
        command: ['/bin/sh', '-c', 'hostname >/tmp/name && echo serving && exec httpd -f -h /tmp'],
      },
    ],
  },
};
const client: V1Pod = {
  metadata: { name: 'client' },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'client', image: 'busybox:1.36', command: ['sleep', '2147483647'] }],
  },
};
const service: V1Service = {
  metadata: { name: 'web-address' },
  spec: { selector: { app: 'web' }, ports: [{ port: 8080, targetPort: 80 }] },
};

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('cluster', { scope: 'file' }, async ({}, { onCleanup }) => {
    const cluster = await DeveloperCluster.up();
    onCleanup(async () => {
      await cluster.api.close();
      await npmRun('cluster:down');
    });
    return cluster;
  });

describeEndToEnd("a developer's cluster", () => {
  test('is the only one: another is refused, and the one that is up is told', async ({ cluster }) => {
    await expect(npmRun('cluster:up')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`a cluster is up already: export KUBECONFIG='${cluster.directory}/`),
    });
  });

  test('gives pods names and addresses by which they find each other', async ({ cluster }) => {
    const pods = '/api/v1/namespaces/default/pods';
    const services = '/api/v1/namespaces/default/services';
    await Promise.all([cluster.api.create(pods, server), cluster.api.create(pods, client)]);
    await cluster.api.create(services, headlessService('web'));
    const { clusterIP } = (await cluster.api.create(services, service)).spec;
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/web-0', 'pod/client', '--timeout=60s');

    for (const url of [
      'http://web-0.web.default.svc.cluster.local/name', // the pod of a headless service
      'http://web/name', // the headless service
      'http://web-address:8080/name', // a service with an address
      `http://${clusterIP}:8080/name`,
    ]) {
      expect(await cluster.fetchFrom('client', url), url).toBe('web-0\n');
      expect(await cluster.fetchFrom('web-0', url), `${url} from the pod itself`).toBe('web-0\n');
    }
  });

  test('lets kubectl read what pods say, and run commands in them', async ({ cluster }) => {
    expect(await cluster.kubectl('logs', 'web-0')).toBe('serving\n');
    expect(await cluster.kubectl('exec', 'web-0', '--', 'hostname')).toBe('web-0\n');
    await expect(cluster.kubectl('exec', 'web-0', '--', 'sh', '-c', 'exit 7')).rejects.toMatchObject({ code: 7 });
  });

  test('has the image of the daemon, which the manifests start', async ({ cluster }) => {
    const apply = readmeCommand('kubectl apply -f rbac/ -f manifests/daemonset.yaml -f manifests/class.yaml');
    await type(`.build/kubernetes ${apply}`, cluster.env);
    const rollout = ['rollout', 'status', 'daemonset/hostpath-provisioner', '--timeout=60s'];
    expect(await cluster.kubectl('--namespace=hostpath-provisioner-system', ...rollout)).toContain('rolled out');
  });

  test('leaves nothing behind when it is taken down', async ({ cluster }) => {
    const used = namespaces(cluster.directory);
    const found = [traces(cluster.directory).length, usersOf(used).length];
    expect(Math.min(...found), 'what shows the running cluster').toBeGreaterThan(10);

    expect((await type(readmeCommand('npm run cluster:down'))).stdout).toMatch(/^the cluster is down$/m);
    expect([...traces(cluster.directory), ...usersOf(used)]).toEqual([]);
    expect((await npmRun('cluster:down')).stdout).toBe('no cluster is up\n');
  });
});
