import type { Credentials } from './credentials.ts';
import { corednsPath, kubernetesPath } from './prerequisites.ts';
import { nodeAddress } from './sandbox.ts';

/** Service addresses of the cluster; the first is the API server's own, the tenth its DNS server's, as kubeadm has it. */
export const serviceRange = '10.96.0.0/16';
export const apiServerServiceAddress = '10.96.0.1';
export const dnsServiceAddress = '10.96.0.10';

export function etcd(
  port: number,
  directory: string,
  { fsync, watchProgress }: { fsync: boolean; watchProgress: boolean },
): string[] {
  return [
    ...['etcd', `--data-dir=${directory}`, '--logger=zap', '--log-level=warn'],
    `--listen-client-urls=http://127.0.0.1:${port}`,
    `--advertise-client-urls=http://127.0.0.1:${port}`,
    '--listen-peer-urls=http://127.0.0.1:0', // alone in its cluster: nobody needs to know
    ...(fsync ? [] : ['--unsafe-no-fsync']),
    ...(watchProgress ? ['--experimental-watch-progress-notify-interval=5s'] : []),
  ];
}

export interface ApiServerPlace {
  bindAddress: string;
  /** Where pods find it; undefined: no pods, so the service "kubernetes" gets no endpoint. */
  podsAddress?: string;
  port: number;
  etcdPort: number;
}

export function apiServer(
  { bindAddress, podsAddress, port, etcdPort }: ApiServerPlace,
  credentials: Credentials,
): string[] {
  const { certificatePath, keyPath, serviceAccountKeyPath, tokensPath } = credentials;
  return [
    ...[kubernetesPath(), 'kube-apiserver'],
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--bind-address=${bindAddress}`,
    `--secure-port=${port}`,
    podsAddress === undefined ? '--endpoint-reconciler-type=none' : `--advertise-address=${podsAddress}`,
    `--service-cluster-ip-range=${serviceRange}`,
    `--tls-cert-file=${certificatePath}`,
    `--tls-private-key-file=${keyPath}`,
    `--kubelet-client-certificate=${certificatePath}`,
    `--kubelet-client-key=${keyPath}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--token-auth-file=${tokensPath}`,
    '--authorization-mode=Node,RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${serviceAccountKeyPath}`,
    `--service-account-key-file=${serviceAccountKeyPath}`,
    '--allow-privileged',
    // Streamed lists need an etcd of 3.4.31 or 3.5.13. Before an older one, an API server that offers them also refuses every
    // watch that asks for bookmarks and begins with what is there, as clients begin theirs.
    '--feature-gates=WatchList=false',
    '--profiling=false',
  ];
}

export function kubelet(credentials: Credentials, node: string, hostname: string, configurationPath: string): string[] {
  return [
    ...[kubernetesPath(), 'kubelet'],
    `--config=${configurationPath}`,
    `--kubeconfig=${credentials.kubeconfigPath('kubelet')}`,
    `--hostname-override=${node}`,
    `--node-labels=kubernetes.io/hostname=${hostname}`,
    `--node-ip=${nodeAddress}`,
  ];
}

export function kubeProxy(configurationPath: string): string[] {
  return [kubernetesPath(), 'kube-proxy', `--config=${configurationPath}`];
}

export function coredns(corefilePath: string): string[] {
  return [corednsPath, `-conf=${corefilePath}`];
}

export function controllerManager(credentials: Credentials, binder: boolean): string[] {
  return [
    ...[kubernetesPath(), 'kube-controller-manager'],
    `--kubeconfig=${credentials.kubeconfigPath('controllerManager')}`,
    '--use-service-account-credentials', // its controllers have no rights under its own name
    `--service-account-private-key-file=${credentials.serviceAccountKeyPath}`,
    `--root-ca-file=${credentials.certificatePath}`,
    // Without binding, nor the expander, which reads the volume of every claim that it sees bound.
    `--controllers=*${binder ? '' : ',-persistentvolume-binder-controller,-persistentvolume-expander-controller'}`,
    '--kube-api-qps=1000', // by default it binds 20 claims a second
    '--kube-api-burst=1000',
    ...alone,
  ];
}

export function scheduler(credentials: Credentials): string[] {
  return [kubernetesPath(), 'kube-scheduler', `--kubeconfig=${credentials.kubeconfigPath('scheduler')}`, ...alone];
}

/** The only one of its kind, and asked by nobody. */
const alone = ['--leader-elect=false', '--secure-port=0', '--profiling=false'];
