import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { uniqueName } from '../support/build.ts';
import type { Cluster } from '../support/cluster.ts';
import { type CommandEnd, runCommand } from '../support/run-command.ts';

/** A class that keeps what is removed. */
export async function keepingClass(cluster: Cluster, trashRetention = '1h', changes = {}): Promise<string> {
  const name = uniqueName('keeping');
  await cluster.createClass(name, { parameters: { trashRetention }, ...changes });
  return name;
}

/** A volume of that class that held a file and was removed with its claim. */
export async function removedVolume(cluster: Cluster, claim: string, className: string) {
  await cluster.createClaim(claim, { spec: { storageClassName: className } });
  const { volume, directory } = await cluster.untilBound(claim);
  await writeFile(join(directory, 'precious'), `content of ${claim}`);
  await cluster.deleteClaim(claim);
  const { name } = volume.metadata;
  await cluster.untilVolumeGone(name);
  return { name, directory, file: join(directory, 'precious'), content: `content of ${claim}` };
}

export async function restore(
  cluster: Cluster,
  volume: string,
  claim: string,
  options: { nodeName?: string; kubeconfigPath?: string; killAt?: number } = {},
): Promise<CommandEnd> {
  const { killAt, nodeName = cluster.nodeName } = options;
  const env = {
    KUBECONFIG: options.kubeconfigPath ?? (await cluster.daemonKubeconfig()),
    NODE_NAME: nodeName,
    BASE_DIRECTORY: cluster.base,
    ...(killAt !== undefined && { KILL_AT: String(killAt) }),
  };
  const nodeOptions = killAt === undefined ? [] : ['--import', join(import.meta.dirname, '../support/kill-at.ts')];
  return runCommand(['restore', volume, '--claim', `${cluster.namespace}/${claim}`], { env, nodeOptions });
}

/** Makes the claim again, and waits until it has the restored volume. */
export async function untilBoundAgain(
  cluster: Cluster,
  claim: string,
  className: string,
  volume: string,
): Promise<void> {
  // By its name: Kubernetes asks for a new volume for a claim that comes before Kubernetes has seen the restored one.
  await cluster.createClaim(claim, { spec: { storageClassName: className, volumeName: volume } });
  const { claim: bound } = await cluster.untilBound(claim);
  expect(bound.spec.volumeName).toBe(volume);
}
