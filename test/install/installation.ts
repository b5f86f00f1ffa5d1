import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { finalizer } from '../../src/model/names.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { Cluster } from '../support/cluster.ts';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { Shell } from './shell.ts';

/** A volume in use, with a file in it. */
export interface Filled {
  volume: string;
  directory: string;
  hasContent(): boolean;
}

/** What a user has who installed the daemon: here it is a process, and the rest is in a control plane. */
export class Installation implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly shell: Shell;

  private constructor(cluster: Cluster, shell: Shell) {
    this.cluster = cluster;
    this.shell = shell;
  }

  static async make({ adminKubeconfigPath }: ControlPlane): Promise<Installation> {
    const shell = await Shell.open({ KUBECONFIG: adminKubeconfigPath });
    const cluster = await Cluster.make(adminKubeconfigPath);
    await shell.run('kubectl apply -f manifests/class.yaml');
    return new Installation(cluster, shell);
  }

  startDaemon(env: Record<string, string> = {}): Promise<DaemonProcess> {
    return this.cluster.startDaemon({ provisionerNames: ['example.com/hostpath'], env });
  }

  /** A class of the user's own, whose volumes are kept. */
  async createKeepingClass(): Promise<string> {
    const name = `${this.cluster.className}-kept`;
    await this.cluster.createClass(name, { provisioner: 'example.com/hostpath', reclaimPolicy: 'Retain' });
    return name;
  }

  /** Makes a claim of a class, for which the node is selected, as the scheduler does for its first pod. */
  async createClaim(claim: string, storageClassName = 'example-hostpath'): Promise<void> {
    const annotations = { 'volume.kubernetes.io/selected-node': this.cluster.nodeName };
    await this.cluster.createClaim(claim, { metadata: { annotations }, spec: { storageClassName } });
  }

  /** Makes a claim of a class, which has a file in its volume then. */
  async fill(claim: string, storageClassName = 'example-hostpath'): Promise<Filled> {
    await this.createClaim(claim, storageClassName);
    const { volume, directory } = await this.cluster.untilBound(claim);
    const file = join(directory, 'data');
    await writeFile(file, 'precious');
    return { volume: volume.metadata.name, directory, hasContent: () => existsSync(file) };
  }

  /** What a volume is, and whether it waits for the daemon before it goes. */
  async stateOf(volume: string): Promise<{ phase: string; policy: string; waitsForUs: boolean } | undefined> {
    const found = await this.cluster.readVolume(volume);
    if (found === undefined) return undefined;
    const { spec, status, metadata } = found;
    const waitsForUs = metadata.finalizers?.includes(finalizer) ?? false;
    return { phase: status.phase, policy: spec.persistentVolumeReclaimPolicy, waitsForUs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.remove();
    await this.shell[Symbol.asyncDispose]();
  }
}

/** A test with an installation of its own, on a control plane of this kind, which the tests of a file share. */
const testOn = (kind: ControlPlane['kind']) =>
  base
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
    .extend('controlPlane', { scope: 'file' }, async ({}, { onCleanup }) => {
      const controlPlane = await startControlPlane({ kind });
      onCleanup(() => controlPlane.stop());
      return controlPlane;
    })
    .extend('installation', async ({ controlPlane }, { onCleanup }) => {
      const installation = await Installation.make(controlPlane);
      onCleanup(() => installation[Symbol.asyncDispose]());
      return installation;
    });

/** For `describe.for`, so that a suite runs on both. */
export const bothControlPlanes = (['embedded', 'real'] as const).map((kind) => ({ kind, test: testOn(kind) }));
