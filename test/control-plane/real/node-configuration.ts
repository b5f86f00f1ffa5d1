import { dnsServiceAddress } from './commands.ts';
import { podRange } from './sandbox.ts';

export const pauseImage = 'docker.io/library/pause:test';

const clusterDomain = 'cluster.local';

export const containerd = (networkDirectory: string): string => `
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${networkDirectory}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;

/** Pods have no link in common: what one sends to another passes the node's rules for services, and so do the answers. */
export const podNetwork = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'ptp',
      ipam: { type: 'host-local', ranges: [[{ subnet: podRange }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
};

/** A kubelet that arranges no control groups beyond those of the containers. */
export const kubelet = (authorityPath: string) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: false },
    x509: { clientCAFile: authorityPath },
  },
  authorization: { mode: 'AlwaysAllow' },
  clusterDNS: [dnsServiceAddress],
  clusterDomain,
  resolvConf: '', // nobody outside of the cluster can be asked
  volumePluginDir: '/var/lib/kubelet/volume-plugins', // its default is outside of what belongs to the node
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: false,
  enforceNodeAllocatable: [],
  failCgroupV1: false,
  failSwapOn: false,
  localStorageCapacityIsolation: false,
  evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
});

export const kubeProxy = (node: string, kubeconfigPath: string) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  hostnameOverride: node,
  clientConnection: { kubeconfig: kubeconfigPath },
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' }, // the machine's own stay
});

/** Without a cache: kubeadm's Corefile has none for the cluster's own names either, as they are all in memory. */
export const corefile = (kubeconfigPath: string): string => `
${clusterDomain} in-addr.arpa {
  errors
  ready
  kubernetes {
    kubeconfig "${kubeconfigPath}"
  }
}
`;
