import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, readConfig } from '../../src/config/config.ts';
import { defaultClassParameters, readClassParameters } from '../../src/model/class-parameters.ts';
import type { Json } from '../support/api.ts';
import { readManifests } from '../support/manifests.ts';

const repository = join(import.meta.dirname, '../..');
const namespace = 'hostpath-provisioner-system';
const account = 'hostpath-provisioner';
const runner = 'hostpath-provisioner-runner';

const files = ['rbac', 'manifests'].flatMap((folder) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`),
);
const daemons: [string, Json][] = [
  ['manifests/daemonset.yaml', readManifests('manifests/daemonset.yaml')[0].spec.template],
  ['manifests/pod.yaml', readManifests('manifests/pod.yaml')[0]],
];

/** By default, by containerd and CRI-O. */
const givenByRuntimes = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'NET_RAW'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];

/** The configuration of a daemon that is run with these variables. */
function configOf(env: Json[]): Config {
  const set = Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'node']));
  const result = readConfig([], { KUBERNETES_SERVICE_HOST: 'api', ...set });
  if (!('config' in result)) throw new Error(JSON.stringify(result));
  return result.config;
}

test.each(files)('%s holds whole objects with names', (file) => {
  const objects = readManifests(file);
  expect(objects.length).toBeGreaterThan(0);
  for (const object of objects) {
    expect(object).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
    expect(object.metadata.name).toMatch(/^[a-z0-9-]+$/);
  }
});

test('The bindings bind the one ServiceAccount, in the one namespace', () => {
  expect(readManifests('rbac/namespace.yaml')[0].metadata.name).toBe(namespace);
  expect(readManifests('rbac/serviceaccount.yaml')[0].metadata).toEqual({ name: account, namespace });
  expect(readManifests('rbac/clusterrole.yaml')[0].metadata.name).toBe(runner);
  const [clusterBinding] = readManifests('rbac/clusterrolebinding.yaml');
  expect(clusterBinding.roleRef).toMatchObject({ kind: 'ClusterRole', name: runner });
  expect(clusterBinding.subjects).toEqual([{ kind: 'ServiceAccount', name: account, namespace }]);
});

test('Each rule of the role names sources that exist', () => {
  const text = readFileSync(join(repository, 'rbac/clusterrole.yaml'), 'utf8');
  const [, rules = ''] = text.split(/^rules:$/m);
  const comments = rules.split(/^ {2}- apiGroups:.*$/m).map((part) => part.match(/^ {2}#.*$/gm)?.join(' ') ?? '');
  const ofRules = comments.slice(0, -1);
  expect(ofRules.length).toBe(readManifests('rbac/clusterrole.yaml')[0].rules.length);
  for (const comment of ofRules) {
    const named = comment.match(/src\/[\w/.-]+\.ts/g) ?? [];
    expect(named, comment).not.toEqual([]);
    expect(named.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  }
});

test('The class is served by default, and the claims ask for it', () => {
  const [storageClass] = readManifests('manifests/class.yaml');
  expect(configOf([{ name: 'NODE_NAME' }]).provisionerNames).toContain(storageClass.provisioner);
  expect(readClassParameters(storageClass.parameters ?? {})).toEqual(defaultClassParameters);
  const claims = [...readManifests('manifests/claim.yaml'), ...readManifests('manifests/kafka/claims.yaml')];
  expect(new Set(claims.map(({ metadata }) => metadata.name)).size).toBe(7);
  for (const { spec } of claims) expect(spec.storageClassName).toBe(storageClass.metadata.name);
  const [{ spec }] = readManifests('manifests/test-pod.yaml');
  expect(spec.volumes[0].persistentVolumeClaim.claimName).toBe(claims[0].metadata.name);
});

describe('The StatefulSets of Kafka and ZooKeeper', () => {
  const single = readManifests('manifests/kafka/single/kafka.yaml')[0];
  const three = ['controller', 'kafka'].map((name) => readManifests(`manifests/kafka/kraft-three/${name}.yaml`)[0]);
  const article = ['zookeeper', 'kafka'].map((name) => readManifests(`manifests/kafka/zookeeper/${name}.yaml`)[0]);

  /** The claims that Kubernetes makes for all pods of a StatefulSet. */
  const claimsOf = ({ metadata, spec }: Json): Json[] =>
    spec.volumeClaimTemplates.flatMap((template: Json) =>
      Array.from({ length: spec.replicas }, (_, n) => ({
        name: `${template.metadata.name}-${metadata.name}-${n}`,
        spec: template.spec,
      })),
    );

  test("make the claims of manifests/kafka/claims.yaml for the article's cluster", () => {
    const shipped = readManifests('manifests/kafka/claims.yaml');
    expect(article.flatMap(claimsOf)).toEqual(shipped.map(({ metadata, spec }) => ({ name: metadata.name, spec })));
  });

  test('make nine claims for three controllers and three brokers with two volumes', () => {
    const brokers = [0, 1].flatMap((volume) => [0, 1, 2].map((n) => `data-${volume}-kafka-${n}`));
    const controllers = [0, 1, 2].map((n) => `data-0-controller-${n}`);
    expect(three.flatMap(claimsOf).map(({ name }) => name)).toEqual([...controllers, ...brokers]);
  });

  test('ask for the class that is shipped', () => {
    const [{ metadata }] = readManifests('manifests/class.yaml');
    const classes = [single, ...three, ...article].flatMap(claimsOf).map(({ spec }) => spec.storageClassName);
    expect(new Set(classes)).toEqual(new Set([metadata.name]));
  });

  test.each([single, ...three, ...article])(
    'run as uid 1001, with nothing before them that changes owners',
    ({ spec }) => {
      const { securityContext, initContainers, containers } = spec.template.spec;
      expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1001, runAsGroup: 0 });
      expect(initContainers).toBeUndefined();
      expect(containers[0].securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    },
  );
});

describe.each(daemons)('The daemon of %s', (file, { metadata, spec }) => {
  const [container] = spec.containers;

  test('runs as the ServiceAccount, under the label that finds it', () => {
    expect(spec.serviceAccountName).toBe(account);
    expect(metadata.labels['app.kubernetes.io/name']).toBe('hostpath-provisioner');
  });

  test('has its base directory at the same path as the node', () => {
    const [{ path: baseDirectory } = { path: '' }] = configOf(container.env).baseDirectories;
    expect(container.volumeMounts.map(({ mountPath }: Json) => mountPath)).toEqual([baseDirectory]);
    expect(spec.volumes.map(({ hostPath }: Json) => hostPath.path)).toEqual([baseDirectory]);
  });

  test('has that path written once, so that it can be changed in one place', () => {
    const text = readFileSync(join(repository, file), 'utf8');
    const [{ path: baseDirectory } = { path: '' }] = configOf(container.env).baseDirectories;
    expect(text.split('\n').filter((line) => line.includes(baseDirectory))).toEqual([
      expect.stringMatching(/# base directory$/),
    ]);
  });

  test('is told its node, and is probed where it listens', () => {
    const nodeName = container.env.find(({ name }: Json) => name === 'NODE_NAME');
    expect(nodeName.valueFrom.fieldRef.fieldPath).toBe('spec.nodeName');
    expect(container.ports).toEqual([{ name: 'http', containerPort: 8080 }]);
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
  });

  test("shares nothing with the node but its base directory: no pod-wide security context, no namespace of the node's", () => {
    const { securityContext, hostNetwork, hostPID, hostIPC, initContainers } = spec;
    expect({ securityContext, hostNetwork, hostPID, hostIPC, initContainers }).toEqual({});
    expect(spec.containers).toHaveLength(1);
    expect(spec.volumes).toEqual([{ name: expect.any(String), hostPath: expect.anything() }]);
  });
});

const kept = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER'];
const ofRoot = { runAsUser: 0, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true };

describe('The pods of the DaemonSet', () => {
  const [, { spec }] = daemons[0] ?? [];
  const { securityContext } = spec.containers[0];

  test('run as root with three capabilities and nothing else that root can do', () => {
    expect(securityContext).toEqual({
      ...ofRoot,
      seccompProfile: { type: 'RuntimeDefault' },
      capabilities: { drop: ['ALL'], add: kept },
    });
  });

  test('are all that the SCC of rbac/openshift/ allows', () => {
    const [scc] = readManifests('rbac/openshift/scc.yaml');
    expect(scc).toMatchObject({
      users: [`system:serviceaccount:${namespace}:${account}`],
      groups: [],
      requiredDropCapabilities: securityContext.capabilities.drop,
      allowedCapabilities: securityContext.capabilities.add,
      readOnlyRootFilesystem: securityContext.readOnlyRootFilesystem,
      allowPrivilegeEscalation: securityContext.allowPrivilegeEscalation,
      seccompProfiles: ['runtime/default'],
      seLinuxContext: { type: 'MustRunAs', seLinuxOptions: { level: 's0-s0:c0.c1023' } },
      volumes: ['hostPath', 'projected'],
    });
    const allowed = Object.keys(scc).filter((field) => field.startsWith('allow') && scc[field] === true);
    expect(allowed).toEqual(['allowHostDirVolumePlugin']);
  });
});

test('The single pod adds no capability, and keeps those three of what a container runtime gives', () => {
  const [container] = readManifests('manifests/pod.yaml')[0].spec.containers;
  const { capabilities, ...others } = container.securityContext;
  expect(others).toEqual(ofRoot);
  expect(capabilities.add).toBeUndefined();
  const left = givenByRuntimes.filter((name) => !capabilities.drop.includes(name));
  expect(left).toEqual(kept);
});

test('The image has what the build writes and what the build context lets in', () => {
  const dockerfile = readFileSync(join(repository, 'Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY (\S+) /gm)].map(([, path]) => path);
  const allowed = readFileSync(join(repository, '.dockerignore'), 'utf8').match(/(?<=^!).+$/gm);
  const forAny = copied.map((path) => path?.replace('$TARGETARCH', '*'));
  expect(forAny.sort()).toEqual([...(allowed ?? [])].sort());
  const bundle = /outfile: '([^']+)'/.exec(readFileSync(join(repository, 'scripts/build.ts'), 'utf8'))?.[1];
  expect(copied).toContain(bundle);
});
