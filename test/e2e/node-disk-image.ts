import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bundleDaemon } from '../../scripts/bundle.ts';
import { busyboxImage, pauseImage, writeImage } from '../control-plane/real/image.ts';
import * as configuration from '../control-plane/real/node-configuration.ts';
import { kubernetesPath, searchPath } from '../control-plane/real/prerequisites.ts';
import { hostAddress } from '../machine/virtual-machine.ts';
import type { Cluster } from '../support/cluster.ts';

/** Name of the image that pods may use. */
export const podImage = 'docker.io/library/busybox:1.36';

const debianPrograms = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc'];

/**
 * Writes the image of a disk for a node in a machine, which is to be mounted at /var: `node` holds its programs, the images of its
 * containers, and kubeconfigs that reach the control plane of this machine; `lib` and `log` are empty.
 * @returns path of the image, in `folder`
 */
export async function makeNodeDisk(folder: string, cluster: Cluster, adminKubeconfigPath: string): Promise<string> {
  const content = join(folder, 'content');
  const inNode = (name: string) => join(content, 'node', name);
  for (const path of ['node/bin', 'lib', 'log']) await mkdir(join(content, path), { recursive: true });

  const paths = execFileSync('which', debianPrograms, { encoding: 'utf8', env: { PATH: searchPath } })
    .trim()
    .split('\n');
  for (const path of paths) await copyFile(path, inNode(`bin/${basename(path)}`));
  await copyFile(kubernetesPath(), inNode('bin/kubernetes'));
  await bundleDaemon({ outfile: inNode('hostpath-provisioner.mjs') });
  writeImage(pauseImage(configuration.pauseImage), inNode('pause.tar'));
  writeImage(busyboxImage(podImage), inNode('pod.tar'));

  const admin = JSON.parse(await readFile(adminKubeconfigPath, 'utf8'));
  const [{ cluster: access }] = admin.clusters;
  const server = `https://${hostAddress}:${new URL(access.server).port}`;
  const tlsServerName = 'kubernetes.default.svc';
  const daemonKubeconfig = await cluster.daemonKubeconfig({ server, tlsServerName });
  await copyFile(daemonKubeconfig, inNode('daemon.kubeconfig'));
  await writeFile(inNode('authority.crt'), Buffer.from(access['certificate-authority-data'], 'base64'));
  Object.assign(access, { server, 'tls-server-name': tlsServerName });
  await writeFile(inNode('kubelet.kubeconfig'), JSON.stringify(admin));

  await writeFile(inNode('containerd.toml'), configuration.containerd('/var/node/no-pod-networks'));
  const kubelet = configuration.kubelet('/var/node/authority.crt');
  // Without `localStorageCapacityIsolation`, kubelet looks at no file system, and so has no figures of a pod.
  const figures = { readOnlyPort: 10255, volumeStatsAggPeriod: '5s', localStorageCapacityIsolation: true };
  await writeFile(inNode('kubelet.yaml'), JSON.stringify({ ...kubelet, ...figures }));

  const diskPath = join(folder, 'node.img');
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', content, diskPath, '2G']);
  await rm(content, { recursive: true });
  return diskPath;
}
