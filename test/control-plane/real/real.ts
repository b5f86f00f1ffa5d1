import type { ControlPlane, ControlPlaneOptions } from '../control-plane.ts';
import { makeCredentials } from './credentials.ts';
import { freePorts } from './free-ports.ts';
import { chosenVersion } from './kubernetes-versions.ts';
import { OwnedDirectory } from './owned-directory.ts';
import { requirePrograms } from './prerequisites.ts';
import { Programs } from './programs.ts';
import { runControlPlane } from './run-control-plane.ts';

export interface RealOptions extends ControlPlaneOptions {
  /** Whether etcd waits for the disk at each write, as a cluster that is to keep its data does. Default: false. */
  fsync?: boolean;
  /** Whether etcd reports its progress, as kubeadm has it do, so that the API server sends bookmarks. Default: false. */
  watchProgress?: boolean;
  /** Whether kube-scheduler runs too. Default: false. */
  scheduler?: boolean;
}

export interface RealControlPlane extends ControlPlane {
  /** Address of etcd, which lets anybody in: for objects that are to be there without having gone through the API server. */
  readonly etcdUrl: string;
  readonly apiServerPid: number;
}

/** Starts etcd, kube-apiserver and kube-controller-manager on the loopback address. */
export async function startReal(options: RealOptions = {}): Promise<RealControlPlane> {
  requirePrograms('control plane');
  const directory = new OwnedDirectory('control-plane');
  const programs = new Programs(directory.path);
  const stop = async () => {
    await programs.stop();
    await directory.remove();
  };
  try {
    const address = '127.0.0.1';
    const [port = 0, etcdPort = 0] = await freePorts(2);
    const server = `https://${address}:${port}`;
    const credentials = makeCredentials(directory.path, { server, addresses: [address] });
    const apiServerPid = await runControlPlane(programs, { bindAddress: address, port, etcdPort }, credentials, {
      binder: options.binder ?? true,
      fsync: options.fsync ?? false,
      watchProgress: options.watchProgress ?? false,
      scheduler: options.scheduler ?? false,
    });
    const adminKubeconfigPath = credentials.kubeconfigPath('admin');
    const etcdUrl = `http://${address}:${etcdPort}`;
    const { minor: kubernetesVersion } = chosenVersion();
    return { kind: 'real', kubernetesVersion, server, adminKubeconfigPath, etcdUrl, apiServerPid, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
