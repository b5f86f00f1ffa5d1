import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shell } from '../install/shell.ts';
import { until } from '../support/until.ts';
import { claim, pod } from './objects.ts';
import type { TestCluster } from './test-cluster.ts';

const program =
  'kubectl -n hostpath-provisioner-system exec daemonset/hostpath-provisioner -- node /hostpath-provisioner.mjs';

/** Somebody with claims, and with the commands of a daemon of whatever release. */
export class StorageUser {
  readonly #cluster: TestCluster;
  readonly #shell: Shell;

  constructor(cluster: TestCluster, shell: Shell) {
    this.#cluster = cluster;
    this.#shell = shell;
  }

  /** Types commands in the folder of a release. */
  async type(commands: string, folder = '.'): Promise<void> {
    await this.#shell.run(`cd ${folder}\n${commands}`);
  }

  /** Makes a claim whose volume then holds the claim's name in a file. @returns the name of the volume */
  async fill(name: string, className: string): Promise<string> {
    await this.#cluster.create(claim(name, className));
    await this.#cluster.runToSuccess(pod(`writer-of-${name}`, name, `echo ${name} >/mnt/file`));
    return this.volumeOf(name);
  }

  async volumeOf(name: string): Promise<string> {
    return (await this.#cluster.untilBound(name)).volume.metadata.name;
  }

  async sizeOf(name: string): Promise<string> {
    return (await this.#cluster.untilBound(name)).volume.spec.capacity.storage;
  }

  /** What lies in the volumes of claims, in their order. */
  async contentsOf(names: readonly string[]): Promise<string[]> {
    const bound = await Promise.all(names.map((name) => this.#cluster.untilBound(name)));
    return bound.map(({ directory }) => readFileSync(join(directory, 'file'), 'utf8').trim());
  }

  /** Deletes a claim, whose volume may stay. */
  async remove(name: string): Promise<void> {
    await this.#cluster.kubectl('delete', 'persistentvolumeclaim', name, '--wait');
  }

  async removeWithVolume(name: string): Promise<void> {
    const volume = await this.volumeOf(name);
    await this.remove(name);
    await this.untilVolumeGone(volume);
  }

  async untilVolumeGone(volume: string): Promise<void> {
    const gone = async () => (await this.#cluster.api.get(`/api/v1/persistentvolumes/${volume}`)) === undefined;
    await until(`volume ${volume} is gone`, gone, { withinMs: 60_000, everyMs: 200 });
  }

  /** The line of the trash about a volume. */
  async inTrash(volume: string): Promise<string | undefined> {
    const lines = (await this.#shell.run(`${program} trash`)).split('\n');
    return lines.find((line) => line.startsWith(volume));
  }

  /** Restores a volume for a claim of that name, which is made again. */
  async restore(volume: string, name: string, className: string): Promise<void> {
    await this.#shell.run(`${program} restore ${volume} --claim default/${name}`);
    await this.#cluster.create(claim(name, className));
    await this.#cluster.untilBound(name);
  }

  /** The flags of the daemon and their variables. */
  async options(): Promise<string[]> {
    const help = await this.#shell.run(`${program} --help`);
    return [...help.matchAll(/^ {2}(--\S+)|\(env (\w+)/gm)].map(([, flag, variable]) => flag ?? variable ?? '');
  }

  /** Names of the metrics that the daemon serves. */
  async metrics(): Promise<string[]> {
    const { body } = await this.#cluster.askDaemon('metrics');
    return [...String(body).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  }
}
