import type { MetadataObject } from '../../model/kubernetes.ts';
import type { Daemon } from '../overview.ts';

/** Where manifests and chart put the daemons, and the label of their pods. */
export const daemonNamespace = 'hostpath-provisioner-system';
export const daemonLabel = 'app.kubernetes.io/name=hostpath-provisioner';
export const daemonContainer = 'hostpath-provisioner';
export const daemonPort = 8080;

/** The provisioners that a daemon serves unless it is told otherwise (src/config/options.ts). */
const servedByDefault = ['hostpath-provisioner', 'example.com/hostpath'];

/** The fields of a daemon's pod that matter here. */
export interface DaemonPod extends MetadataObject {
  spec?: {
    nodeName?: string;
    containers?: { name: string; image?: string; env?: { name: string; value?: string }[] }[];
  };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

/** A pod that is not on a node yet, or ends, is no daemon: another one may run in its place. */
export function daemonOf(pod: DaemonPod): Daemon | undefined {
  const { metadata, spec, status } = pod;
  const node = spec?.nodeName;
  const ends = metadata?.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (!node || ends) return undefined;
  return {
    namespace: metadata?.namespace ?? daemonNamespace,
    pod: metadata?.name ?? '',
    node,
    ready: status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    image: containerOf(pod)?.image ?? '',
  };
}

/** The names of the provisioners that the daemons serve, by the variables of their pods. */
export function provisionersOf(pods: readonly DaemonPod[]): string[] {
  const given = pods.map((pod) => containerOf(pod)?.env?.find(({ name }) => name === 'PROVISIONER_NAMES')?.value);
  const lists = given.length === 0 ? [undefined] : given;
  return [...new Set(lists.flatMap((list) => (list ? list.split(',').map((name) => name.trim()) : servedByDefault)))];
}

const containerOf = ({ spec }: DaemonPod) =>
  spec?.containers?.find(({ name }) => name === daemonContainer) ?? spec?.containers?.[0];
