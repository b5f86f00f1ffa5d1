import { loadAllYaml } from '@kubernetes/client-node';
import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { readManifests } from '../support/manifests.ts';
import { defaultSccs } from './default-sccs.ts';
import { test } from './install-test.ts';
import { type Project, sccRefusals } from './scc-admission.ts';

const project: Project = { uids: [1_000_680_000, 1_000_689_999], level: 's0:c26,c5' };
const [{ metadata: namespace }] = readManifests('rbac/namespace.yaml');
const [ownScc] = readManifests('rbac/openshift/scc.yaml');
/** Of the namespace of the daemon: OpenShift allots uids, and leaves a level that is there. */
const ownProject: Project = { ...project, level: namespace.annotations['openshift.io/sa.scc.mcs'] };

const specOf = (path: string): Json => {
  const [{ spec }] = readManifests(path);
  return spec.template?.spec ?? spec;
};
const ofDaemonSet = specOf('manifests/daemonset.yaml');
const ofPod = specOf('manifests/pod.yaml');

/** A pod with one container, and with these changes. */
const withContainer = (securityContext: Json, changes: Json = {}): Json => ({
  containers: [{ name: 'main', securityContext }],
  ...changes,
});

describe('OpenShift admits', () => {
  test("the single pod by hostmount-anyuid, which the article grants, and so at the level of the daemon's namespace", () => {
    expect(sccRefusals(defaultSccs['hostmount-anyuid'], ofPod, ownProject)).toEqual([]);
  });

  test('the pods of the DaemonSet by the SCC of rbac/openshift/', () => {
    expect(sccRefusals(ownScc, ofDaemonSet, ownProject)).toEqual([]);
  });

  test("the article's pod with a claim, in any project", () => {
    expect(sccRefusals(defaultSccs['restricted-v2'], specOf('manifests/test-pod.yaml'), project)).toEqual([]);
  });

  test.for(['single', 'kraft-three', 'zookeeper'])(
    'manifests/kafka/openshift/%s, in any project',
    async (name, { shell }) => {
      const objects = loadAllYaml(await shell.run(`kubectl kustomize manifests/kafka/openshift/${name}`)) as Json[];
      const sets = objects.filter(({ kind }) => kind === 'StatefulSet');
      const refusals = sets.flatMap(({ spec }) =>
        sccRefusals(defaultSccs['restricted-v2'], spec.template.spec, project),
      );
      expect([sets.length > 0, refusals]).toEqual([true, []]);
    },
  );

  test('a daemon that runs at all levels, whichever way it is installed', () => {
    expect([ownScc.seLinuxContext.seLinuxOptions.level, ownProject.level]).toEqual([
      's0-s0:c0.c1023',
      's0-s0:c0.c1023',
    ]);
  });
});

describe('OpenShift refuses', () => {
  test.for<[what: string, scc: keyof typeof defaultSccs, spec: Json, refusals: string[]]>([
    [
      'the pods of the DaemonSet by hostmount-anyuid',
      'hostmount-anyuid',
      ofDaemonSet,
      [
        'seccomp may not be set',
        ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER'].map((name) => `${name}: capability may not be added`),
      ],
    ],
    [
      'the single pod by what everybody may use',
      'restricted-v2',
      ofPod,
      ['hostPath volumes are not allowed to be used', 'runAsUser: 0: must be in the ranges: [1000680000, 1000689999]'],
    ],
    [
      'Kafka with a uid of its own by what everybody may use',
      'restricted-v2',
      specOf('manifests/kafka/single/kafka.yaml'),
      ['runAsUser: 1001: must be in the ranges: [1000680000, 1000689999]'],
    ],
    ['root by nonroot-v2', 'nonroot-v2', withContainer({ runAsUser: 0 }), ['running with the root UID is forbidden']],
    [
      "a level of the pod that is not the namespace's",
      'hostmount-anyuid',
      withContainer({ seLinuxOptions: { level: 's0-s0:c0.c1023' } }),
      ['seLinuxOptions.level: must be s0:c26,c5'],
    ],
    [
      'a type of the pod that the SCC does not name',
      'hostmount-anyuid',
      withContainer({ seLinuxOptions: { level: 's0:c26,c5', type: 'spc_t' } }),
      ['seLinuxOptions.type: must be '],
    ],
    [
      "a file system group that is not the project's",
      'restricted-v2',
      withContainer({}, { securityContext: { fsGroup: 1001 } }),
      ['1001 is not an allowed group'],
    ],
    [
      'what belongs to the node',
      'hostmount-anyuid',
      withContainer({ privileged: true }, { hostNetwork: true, hostPID: true, hostIPC: true }),
      [
        'Host PID is not allowed to be used',
        'Host network is not allowed to be used',
        'Host IPC is not allowed to be used',
        'Privileged containers are not allowed',
      ],
    ],
    [
      'an unconfined container where a profile is required',
      'restricted-v2',
      withContainer({ seccompProfile: { type: 'Unconfined' }, allowPrivilegeEscalation: true }),
      ['Allowing privilege escalation for containers is not allowed', 'unconfined is not an allowed seccomp profile'],
    ],
  ])('%s', ([, scc, spec, refusals]) => {
    expect(sccRefusals(defaultSccs[scc], spec, project)).toEqual(refusals);
  });

  test('a DaemonSet that writes into its own root file system by the SCC of rbac/openshift/', () => {
    const spec = {
      ...ofDaemonSet,
      containers: [{ securityContext: { readOnlyRootFilesystem: false }, ports: [{ hostPort: 80 }] }],
    };
    expect(sccRefusals(ownScc, spec, ownProject)).toEqual([
      'ReadOnlyRootFilesystem must be set to true',
      'Host ports are not allowed to be used',
    ]);
  });

  test('nothing by the SCC "privileged"', () => {
    expect(sccRefusals(defaultSccs.privileged, ofDaemonSet, project)).toEqual([]);
  });
});

test('overlays/openshift brings the SCC before the pods', async ({ shell }) => {
  const rendered = loadAllYaml(await shell.run('kubectl kustomize overlays/openshift')) as Json[];
  const kinds = rendered.map(({ kind }) => kind);
  const [first, second, third] = ['Namespace', 'SecurityContextConstraints', 'DaemonSet'].map((kind) =>
    kinds.indexOf(kind),
  );
  expect(first).toBe(0);
  expect(second).toBeGreaterThan(0);
  expect(third).toBeGreaterThan(second ?? 0);
});
