import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

/** What was promised: a repair is noticed within this time, in milliseconds, without a restart. */
const healsWithinMs = 30_000;

interface Bound {
  claim: string;
  volume: string;
  directory: string;
}

/** Claims that are bound, with a file in each directory. */
async function boundWithFiles(cluster: Cluster, ...claims: string[]): Promise<Bound[]> {
  return Promise.all(
    claims.map(async (claim) => {
      await cluster.createClaim(claim);
      const { volume, directory } = await cluster.untilBound(claim);
      await writeFile(join(directory, 'precious'), claim);
      return { claim, volume: volume.metadata.name, directory };
    }),
  );
}

const untilEvent = (cluster: Cluster, object: string, beginning: string, ...words: string[]): Promise<true> =>
  until(`${object} has an Event "${beginning}"`, async () => {
    const events = await cluster.eventsOf(object);
    const isIt = (event: string) => event.startsWith(beginning) && words.every((word) => event.includes(word));
    if (!events.some(isIt)) throw new Error(JSON.stringify(events));
    return true;
  });

const untilUnready = (daemon: DaemonProcess, ...words: string[]): Promise<true> =>
  until(`/readyz says ${words}`, async () => {
    const { status, text } = await daemon.get('/readyz');
    if (status !== 503 || !words.every((word) => text.includes(word))) throw new Error(text);
    return true;
  });

const untilMetric = (daemon: DaemonProcess, line: string): Promise<true> =>
  until(`/metrics has ${line}`, async () => (await daemon.get('/metrics')).text.includes(`\n${line}\n`));

/** The base directory's trouble is told everywhere: log, readiness, metric, and an Event of the node. */
async function untilTroubleIsTold(cluster: Cluster, daemon: DaemonProcess, reason: string): Promise<void> {
  await untilUnready(daemon, `base directory: ${reason}`);
  await untilMetric(daemon, `hostpath_base_directory_usable{pool="default",reason="${reason}"} 0`);
  expect(daemon.log).toContainEqual(expect.objectContaining({ msg: 'base directory is unusable', reason }));
  await untilEvent(cluster, cluster.nodeName, `Warning BaseDirectoryUnusable: ${reason}`, cluster.base);
}

/** The loss is told everywhere: log, metric, and Events of each volume and each claim. */
async function untilLossIsTold(
  cluster: Cluster,
  daemon: DaemonProcess,
  reason: string,
  volumes: Bound[],
): Promise<void> {
  await untilMetric(daemon, `hostpath_volumes_without_directory{reason="${reason}"} ${volumes.length}`);
  for (const { claim, volume } of volumes) {
    await until(`the log tells of ${volume}`, () =>
      daemon.log.some(
        (line) =>
          line.msg === 'volume in use has lost its directory' && line.volume === volume && line.reason === reason,
      ),
    );
    await untilEvent(cluster, volume, `Warning VolumeDirectoryMissing: ${reason}`);
    await untilEvent(cluster, claim, `Warning VolumeDirectoryMissing: volume ${volume}: ${reason}`);
  }
}

async function untilHealed(cluster: Cluster, daemon: DaemonProcess, volumes: Bound[]): Promise<void> {
  await daemon.untilReady(healsWithinMs);
  await until('no volume is without its directory', async () => {
    return !(await daemon.get('/metrics')).text.includes('hostpath_volumes_without_directory{');
  });
  for (const { claim, directory, volume } of volumes) {
    expect(await cluster.readFile(join(directory, 'precious'))).toBe(claim);
    await untilEvent(cluster, volume, 'Normal VolumeDirectoryFound');
  }
}

/** Its directory and object go with the claim. */
async function expectDeletable(cluster: Cluster, { claim, volume, directory }: Bound): Promise<void> {
  await cluster.deleteClaim(claim);
  await cluster.untilVolumeGone(volume);
  expect(existsSync(directory)).toBe(false);
}

describe('a base directory that was wiped', () => {
  test('while the node was down: each of its claims is told, new ones are served, and the old data is found again', async ({
    cluster,
  }) => {
    const first = await cluster.startDaemon();
    const old = await boundWithFiles(cluster, 'a', 'b', 'c', 'd', 'e');
    await first.kill();
    await rename(cluster.base, `${cluster.base}-away`);
    await mkdir(cluster.base);

    const daemon = await cluster.startDaemon({ waitUntilReady: false });
    await untilLossIsTold(cluster, daemon, 'AnotherBaseDirectory', old);
    expect(await cluster.directories()).toEqual([]);
    const [fresh] = await boundWithFiles(cluster, 'fresh');
    if (fresh === undefined) throw new Error('no volume');
    expect(await cluster.directories()).toEqual([fresh.volume]);
    await expectDeletable(cluster, fresh);
    await cluster.deleteClaim('e');
    await untilEvent(
      cluster,
      old[4]?.volume ?? '',
      'Warning VolumeFailedDelete: AnotherBaseDirectory',
      'kubectl patch pv',
    );

    await rename(cluster.base, `${cluster.base}-new`);
    await rename(`${cluster.base}-away`, cluster.base);
    await untilHealed(cluster, daemon, old.slice(0, 4));
    await cluster.untilVolumeGone(old[4]?.volume ?? '');
  });

  test('under the running daemon: its claim is told, and nothing is made in its place', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    const old = await boundWithFiles(cluster, 'data');
    for (const name of [...(await cluster.directories()), '.hostpath-provisioner']) {
      await rm(join(cluster.base, name), { recursive: true });
    }
    await untilLossIsTold(cluster, daemon, 'AnotherBaseDirectory', old);
    expect(await cluster.directories()).toEqual([]);
  });

  test('of its own folder alone: it is told how to mend that, and copying the folder back does', async ({
    cluster,
  }) => {
    const first = await cluster.startDaemon();
    const old = await boundWithFiles(cluster, 'data', 'going');
    await first.kill();
    const folder = join(cluster.base, '.hostpath-provisioner');
    await rename(folder, join(`${cluster.base}-folder`));

    const daemon = await cluster.startDaemon({ waitUntilReady: false });
    await untilTroubleIsTold(cluster, daemon, 'BaseDirectoryDamaged');
    const [kept, going] = old as [Bound, Bound];
    await cluster.deleteClaim('going');
    const copy = `cp -a OLD/.hostpath-provisioner ${cluster.base}/`;
    await untilEvent(cluster, going.volume, 'Warning VolumeFailedDelete: BaseDirectoryDamaged', copy);
    expect(existsSync(folder)).toBe(false);

    await rename(`${cluster.base}-folder`, folder);
    await daemon.untilReady(healsWithinMs);
    await cluster.untilVolumeGone(going.volume);
    expect(await cluster.readFile(join(kept.directory, 'precious'))).toBe('data');
  });

  test('of its own folder for good: the label can be made again by the words of the Event, and nothing is adopted', async ({
    cluster,
  }) => {
    const daemon = await cluster.startDaemon();
    const [lost] = (await boundWithFiles(cluster, 'data')) as [Bound];
    await rm(join(cluster.base, '.hostpath-provisioner'), { recursive: true });
    await untilTroubleIsTold(cluster, daemon, 'BaseDirectoryDamaged');
    const told = (await cluster.eventsOf(cluster.nodeName)).join('\n');
    const [, command = ''] = /(cd \/.*)$/m.exec(told) ?? [];
    execFileSync('sh', ['-c', command]);
    await daemon.untilReady(healsWithinMs);

    await cluster.deleteClaim('data');
    await untilEvent(cluster, lost.volume, 'Warning VolumeFailedDelete: NoRecord', 'remove it manually');
    expect(await cluster.readFile(join(lost.directory, 'precious'))).toBe('data');
    await rm(lost.directory, { recursive: true });
    await cluster.untilVolumeGone(lost.volume);
  });

  test('to the last: its claims are told, those that wait are told, and it heals when it is back', async ({
    cluster,
  }) => {
    const daemon = await cluster.startDaemon();
    const old = await boundWithFiles(cluster, 'data');
    await rename(cluster.base, `${cluster.base}-away`);
    await untilTroubleIsTold(cluster, daemon, 'BaseDirectoryMissing');
    await untilLossIsTold(cluster, daemon, 'BaseDirectoryMissing', old);
    await cluster.createClaim('late');
    await untilEvent(cluster, 'late', 'Warning ProvisioningFailed: BaseDirectoryMissing', 'mkdir -p');
    await rename(`${cluster.base}-away`, cluster.base);
    await untilHealed(cluster, daemon, old);
    await cluster.untilBound('late');
    await untilEvent(cluster, cluster.nodeName, 'Normal BaseDirectoryUsable');
  });
});

test("a single volume's directory that somebody removes is told, stays away, and is found when it is back", async ({
  cluster,
}) => {
  const daemon = await cluster.startDaemon();
  const volumes = await boundWithFiles(cluster, 'well', 'lost', 'hopeless');
  const lost = volumes.filter(({ claim }) => claim !== 'well');
  for (const { directory } of lost) await rename(directory, join(cluster.folder, directory.split('/').at(-1) ?? ''));
  await untilLossIsTold(cluster, daemon, 'DirectoryMissing', lost);
  expect(await daemon.get('/readyz')).toMatchObject({ status: 200 }); // the daemon itself lacks nothing
  expect(await cluster.directories()).toEqual([volumes[0]?.volume]);
  expect(await cluster.eventsOf('well')).not.toContainEqual(expect.stringContaining('VolumeDirectoryMissing'));
  await cluster.deleteClaim('hopeless');
  await cluster.untilVolumeGone(lost[1]?.volume ?? '');
  await untilMetric(daemon, 'hostpath_volumes_without_directory{reason="DirectoryMissing"} 1');
  await rename(join(cluster.folder, lost[0]?.volume ?? ''), lost[0]?.directory ?? '');
  await untilHealed(cluster, daemon, lost.slice(0, 1));
});

test("another node's base directory is refused, untouched, and its owner goes on with it", async ({ cluster }) => {
  const owner = await cluster.startDaemon();
  const volumes = await boundWithFiles(cluster, 'data');
  await owner.kill();
  const stranger = `${cluster.nodeName}-b`;
  await cluster.createNode(stranger);
  const daemon = await cluster.startDaemon({ nodeName: stranger, waitUntilReady: false });
  await cluster.createClaim('late');
  await untilUnready(daemon, 'base directory: BaseDirectoryOfAnotherNode', stranger);
  await untilMetric(daemon, 'hostpath_base_directory_usable{pool="default",reason="BaseDirectoryOfAnotherNode"} 0');
  await untilEvent(cluster, stranger, 'Warning BaseDirectoryUnusable: BaseDirectoryOfAnotherNode');
  await untilEvent(cluster, 'late', 'Warning ProvisioningFailed: BaseDirectoryOfAnotherNode', cluster.nodeName);
  expect(await cluster.directories()).toEqual(volumes.map(({ volume }) => volume));
  await daemon.kill();
  await cluster.startDaemon();
  await cluster.untilBound('late');
});

const run = (command: string, ...options: string[]): void => void execFileSync(command, options);

/** Disks of a test: file systems in memory that stay when they are unmounted, because they are mounted aside as well. */
class Disks {
  readonly #cluster: Cluster;
  readonly #mounted: string[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Makes a disk. @returns where it is mounted aside */
  async make(name: string): Promise<string> {
    const aside = await this.#cluster.makeBase(name);
    this.#mount('-t', 'tmpfs', 'tmpfs', aside);
    run('mount', '--make-private', aside);
    return aside;
  }

  /** Mounts a disk at the base directory. */
  plugIn(aside: string): void {
    this.#mount('--bind', aside, this.#cluster.base);
  }

  unplug(): void {
    this.#mounted.splice(this.#mounted.lastIndexOf(this.#cluster.base), 1);
    run('umount', this.#cluster.base);
  }

  overlay(aside: string): void {
    const layers = ['lower', 'upper', 'work'].map((name) => join(aside, name));
    run('mkdir', ...layers);
    const [lower, upper, work] = layers;
    this.#mount(
      '-t',
      'overlay',
      '-o',
      `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
      'overlay',
      this.#cluster.base,
    );
  }

  remove(): void {
    for (const path of this.#mounted.splice(0).reverse()) run('umount', path);
  }

  #mount(...options: string[]): void {
    run('mount', ...options);
    this.#mounted.push(options.at(-1) ?? '');
  }
}

/** A test that may mount disks. */
const withDisks = test.extend<{ disks: Disks }>({
  disks: async ({ cluster }, use) => {
    const disks = new Disks(cluster);
    try {
      await use(disks);
    } finally {
      await cluster.removeDaemons();
      disks.remove();
    }
  },
});

describe.skipIf(process.getuid?.() !== 0)('a base directory on a disk of its own (needs root for the mounts)', () => {
  withDisks(
    'that goes away is missed, by the running daemon and by the next; nothing is written below it; it heals when it is back',
    async ({ cluster, disks }) => {
      const disk = await disks.make('disk');
      disks.plugIn(disk);
      const first = await cluster.startDaemon();
      const old = await boundWithFiles(cluster, 'data');
      disks.unplug();
      await untilTroubleIsTold(cluster, first, 'BaseDirectoryNotMounted');
      await untilLossIsTold(cluster, first, 'BaseDirectoryNotMounted', old);
      disks.plugIn(disk);
      await untilHealed(cluster, first, old);
      await first.kill();

      disks.unplug();
      const daemon = await cluster.startDaemon({ waitUntilReady: false });
      await untilTroubleIsTold(cluster, daemon, 'BaseDirectoryNotMounted');
      await untilLossIsTold(cluster, daemon, 'BaseDirectoryNotMounted', old);
      await cluster.createClaim('late');
      await untilEvent(cluster, 'late', 'Warning ProvisioningFailed: BaseDirectoryNotMounted', 'Mount it');
      await cluster.deleteClaim('data');
      await untilEvent(cluster, old[0]?.volume ?? '', 'Warning VolumeFailedDelete: BaseDirectoryNotMounted');
      await rmdir(cluster.base); // which is possible only while it is empty
      await mkdir(cluster.base);
      disks.plugIn(disk);
      await cluster.untilBound('late');
      await cluster.untilVolumeGone(old[0]?.volume ?? '');
      await daemon.untilReady(healsWithinMs);
    },
  );

  withDisks(
    'over which another is mounted refuses all, writes nothing on that, and takes it once the old volumes are given up',
    async ({ cluster, disks }) => {
      disks.plugIn(await disks.make('disk'));
      const daemon = await cluster.startDaemon();
      const old = await boundWithFiles(cluster, 'data');
      const another = await disks.make('another');
      disks.plugIn(another);
      await untilTroubleIsTold(cluster, daemon, 'BaseDirectoryReplaced');
      await untilLossIsTold(cluster, daemon, 'BaseDirectoryReplaced', old);
      await cluster.createClaim('late');
      await untilEvent(
        cluster,
        'late',
        'Warning ProvisioningFailed: BaseDirectoryReplaced',
        'The wrong disk is mounted',
      );
      expect(existsSync(join(another, '.hostpath-provisioner'))).toBe(false);
      disks.unplug();
      await untilHealed(cluster, daemon, old);
      await cluster.untilBound('late');

      await daemon.kill();
      disks.plugIn(another);
      await cluster.startDaemon({ waitUntilReady: false });
      for (const claim of ['data', 'late']) {
        const { volume } = await cluster.untilBound(claim);
        await cluster.deleteClaim(claim);
        const path = `/api/v1/persistentvolumes/${volume.metadata.name}`;
        await cluster.api.send('DELETE', path);
        await cluster.api.patch(path, { metadata: { finalizers: null } });
      }
      await cluster.createClaim('next');
      await cluster.untilBound('next');
      expect(existsSync(join(another, '.hostpath-provisioner'))).toBe(true);
    },
  );

  withDisks('that turns read-only is told, and its volumes are not called lost', async ({ cluster, disks }) => {
    const disk = await disks.make('disk');
    disks.plugIn(disk);
    const daemon = await cluster.startDaemon();
    const old = await boundWithFiles(cluster, 'data');
    run('mount', '-o', 'remount,ro', disk);
    await untilTroubleIsTold(cluster, daemon, 'ReadOnly');
    await cluster.createClaim('late');
    await untilEvent(cluster, 'late', 'Warning ProvisioningFailed: ReadOnly');
    expect((await daemon.get('/metrics')).text).not.toContain('hostpath_volumes_without_directory{');
    run('mount', '-o', 'remount,rw', disk);
    await cluster.untilBound('late');
    await daemon.untilReady(healsWithinMs);
    expect(await cluster.eventsOf(old[0]?.claim ?? '')).not.toContainEqual(expect.stringContaining('Missing'));
  });

  withDisks.for(['tmpfs', 'overlay'] as const)(
    'on %s is used, with a warning of what that means in the log and on the node',
    async (fileSystem, { cluster, disks }) => {
      const disk = await disks.make('disk');
      if (fileSystem === 'tmpfs') disks.plugIn(disk);
      else disks.overlay(disk);
      const daemon = await cluster.startDaemon();
      await untilEvent(
        cluster,
        cluster.nodeName,
        'Warning BaseDirectoryShortLived',
        fileSystem,
        'every volume with it',
      );
      expect(daemon.log).toContainEqual(
        expect.objectContaining({ fileSystem, msg: expect.stringContaining('loses its content at a restart') }),
      );
      await boundWithFiles(cluster, 'data');
    },
  );
});
