import type { Json } from '../support/api.ts';

/** What OpenShift allots to a project, in annotations of its namespace. */
export interface Project {
  /** First and last uid; the first is its fsGroup, too. */
  uids: readonly [number, number];
  /** SELinux level, such as `s0:c26,c5`. */
  level: string;
}

/**
 * Why OpenShift refuses a pod by an SCC; none when it is admitted. What the SCC would set is set before, so that only what the
 * pod says itself is refused. The rules are those of openshift/apiserver-library-go, pkg/securitycontextconstraints, and so are
 * the words, as far as our pods come near them: no sysctls, no supplemental groups, no flex volumes.
 */
export function sccRefusals(scc: Json, spec: Json, project: Project): string[] {
  const pod = spec.securityContext ?? {};
  const containers: Json[] = [...(spec.initContainers ?? []), ...spec.containers];
  return [
    ...shared(scc, spec),
    ...volumeRefusals(scc, spec),
    ...levelRefusals(scc, pod.seLinuxOptions, project),
    ...groupRefusals(scc, pod.fsGroup, project),
    ...seccompRefusals(scc, pod.seccompProfile),
    ...containers.flatMap((container) => containerRefusals(scc, container, pod, project)),
  ];
}

const when = (condition: boolean, refusal: string): string[] => (condition ? [refusal] : []);

function shared(scc: Json, { hostPID, hostNetwork, hostIPC }: Json): string[] {
  return [
    ...when(hostPID === true && !scc.allowHostPID, 'Host PID is not allowed to be used'),
    ...when(hostNetwork === true && !scc.allowHostNetwork, 'Host network is not allowed to be used'),
    ...when(hostIPC === true && !scc.allowHostIPC, 'Host IPC is not allowed to be used'),
  ];
}

/** The ServiceAccount's token is a volume of the pod by then. */
function volumeRefusals(scc: Json, spec: Json): string[] {
  const volumes: Json[] = spec.volumes ?? [];
  const kinds = volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'));
  const token = spec.automountServiceAccountToken === false ? [] : ['projected'];
  const refused = [...kinds, ...token].filter((kind) => !scc.volumes.includes('*') && !scc.volumes.includes(kind));
  return refused.map((kind) => `${kind} volumes are not allowed to be used`);
}

function levelRefusals(scc: Json, wanted: Json | undefined, { level }: Project): string[] {
  const { type, seLinuxOptions } = scc.seLinuxContext;
  if (type !== 'MustRunAs' || wanted === undefined) return [];
  const must: Json = { level, ...seLinuxOptions };
  const options = ['level', 'role', 'type', 'user'].filter((option) => (wanted[option] ?? '') !== (must[option] ?? ''));
  return options.map((option) => `seLinuxOptions.${option}: must be ${must[option] ?? ''}`);
}

function groupRefusals(scc: Json, fsGroup: number | undefined, { uids }: Project): string[] {
  if (scc.fsGroup.type !== 'MustRunAs' || fsGroup === undefined) return [];
  return when(fsGroup !== uids[0], `${fsGroup} is not an allowed group`);
}

const profileNames: Record<string, string> = { RuntimeDefault: 'runtime/default', Unconfined: 'unconfined' };

function seccompRefusals({ seccompProfiles = [] }: Json, profile: Json | undefined): string[] {
  if (profile === undefined || seccompProfiles.includes('*')) return [];
  if (seccompProfiles.length === 0) return ['seccomp may not be set'];
  const name = profileNames[profile.type] ?? `localhost/${profile.localhostProfile}`;
  return when(!seccompProfiles.includes(name), `${name} is not an allowed seccomp profile`);
}

function containerRefusals(
  scc: Json,
  { securityContext: own = {}, ports = [] }: Json,
  pod: Json,
  project: Project,
): string[] {
  const hostPorts = ports.filter(({ hostPort }: Json) => hostPort !== undefined);
  return [
    ...when(own.privileged === true && !scc.allowPrivilegedContainer, 'Privileged containers are not allowed'),
    ...when(
      own.readOnlyRootFilesystem === false && scc.readOnlyRootFilesystem,
      'ReadOnlyRootFilesystem must be set to true',
    ),
    ...when(
      own.allowPrivilegeEscalation === true && !scc.allowPrivilegeEscalation,
      'Allowing privilege escalation for containers is not allowed',
    ),
    ...when(hostPorts.length > 0 && !scc.allowHostPorts, 'Host ports are not allowed to be used'),
    ...userRefusals(scc, own.runAsUser ?? pod.runAsUser, project),
    ...levelRefusals(scc, own.seLinuxOptions, project),
    ...seccompRefusals(scc, own.seccompProfile),
    ...capabilityRefusals(scc, own.capabilities?.add ?? []),
  ];
}

function userRefusals(scc: Json, uid: number | undefined, { uids: [first, last] }: Project): string[] {
  if (uid === undefined) return []; // the project's own, or the image's, of which kubelet sees that it is not root
  switch (scc.runAsUser.type) {
    case 'MustRunAsRange':
      return when(uid < first || uid > last, `runAsUser: ${uid}: must be in the ranges: [${first}, ${last}]`);
    case 'MustRunAsNonRoot':
      return when(uid === 0, 'running with the root UID is forbidden');
    default:
      return [];
  }
}

/** What must be dropped is dropped by the SCC itself, whatever the pod drops. */
function capabilityRefusals({ allowedCapabilities, defaultAddCapabilities }: Json, added: string[]): string[] {
  const allowed: string[] = [...(allowedCapabilities ?? []), ...(defaultAddCapabilities ?? [])];
  if (allowed.includes('*')) return [];
  return added.filter((name) => !allowed.includes(name)).map((name) => `${name}: capability may not be added`);
}
