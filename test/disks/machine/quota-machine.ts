import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../../../scripts/image/paths.ts';
import { machineObstacles } from '../../machine/guest-image.ts';
import { type Hardware, VirtualMachine } from '../../machine/virtual-machine.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { guestPaths, makeGuest } from './guest-image.ts';

/** File systems that have project quotas, each on a disk of its own: how they are made, and mounted so that limits hold. */
const fileSystems = {
  xfs: { device: '/dev/vdc', make: 'mkfs.xfs -q', options: 'prjquota' },
  ext4: { device: '/dev/vdd', make: 'mkfs.ext4 -q -O project,quota', options: 'prjquota,commit=3600' },
} as const;

export type QuotaFileSystem = keyof typeof fileSystems;

export const quotaFileSystems = Object.keys(fileSystems) as QuotaFileSystem[];

/** Nothing becomes durable because time passes, however slow the machine is: only what a program asks for. */
const nothingByItself = [
  'echo 720000 >/proc/sys/fs/xfs/xfssyncd_centisecs',
  'echo 0 >/proc/sys/vm/dirty_writeback_centisecs',
];

/** Where one of them is mounted in the machine. */
export const mountPoint = (kind: QuotaFileSystem): string => `/mnt/${kind}`;

const diskMiB = 1024;

/** What a machine has beside its disks with quotas. */
interface MoreHardware extends Pick<Hardware, 'network'> {
  /** The image of one more disk, /dev/vde. */
  diskPath?: string;
}

/**
 * A machine with Debian's kernel, whose XFS and ext4 have project quotas, which the kernel of the machine that tests may lack. This
 * project's sources are at /project, and node, xfs_quota and setquota are there.
 */
export class QuotaMachine extends VirtualMachine {
  readonly #folder: Awaited<ReturnType<typeof temporaryDirectory>>;

  private constructor(hardware: Hardware, folder: Awaited<ReturnType<typeof temporaryDirectory>>) {
    super(hardware);
    this.#folder = folder;
  }

  /** Builds what is not there yet, boots, and mounts new file systems. @throws {Error} that says what is missing, or what failed */
  static async boot(more: MoreHardware = {}): Promise<QuotaMachine> {
    const machine = await QuotaMachine.#start('init', more);
    const make = Object.values(fileSystems).map(({ device, make: command }) => `${command} ${device}`);
    try {
      await machine.run(make.join('\n'));
      await machine.mount();
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
    return machine;
  }

  /** The same machine with systemd, whose root file system can be written and outlives a power cut. */
  static bootSystemd(): Promise<QuotaMachine> {
    return QuotaMachine.#start('systemd', {});
  }

  static async #start(begin: 'init' | 'systemd', { diskPath, network }: MoreHardware): Promise<QuotaMachine> {
    const missing = machineObstacles();
    if (missing.length > 0) throw new Error(`quotas cannot be tested: ${missing.join('; ')}`);
    await makeGuest();
    const folder = await temporaryDirectory();
    const inFolder = (name: string) => join(folder.path, name);
    if (begin === 'systemd') execFileSync('cp', ['--sparse=always', guestPaths.tree, inFolder('tree.img')]);
    packProject(inFolder('project'), inFolder('project.img'));
    for (const kind of quotaFileSystems) {
      writeFileSync(inFolder(kind), '');
      truncateSync(inFolder(kind), diskMiB * 1024 ** 2);
    }
    const hardware: Hardware = {
      kernel: guestPaths.kernel,
      initrd: guestPaths.initrd,
      append: `mitigations=off nokaslr begin=${begin}`,
      memoryMiB: 1536,
      disks: [
        begin === 'systemd' ? { path: inFolder('tree.img') } : { path: guestPaths.tree, readOnly: true },
        { path: inFolder('project.img'), readOnly: true },
        ...quotaFileSystems.map((kind) => ({ path: inFolder(kind) })),
        ...(diskPath === undefined ? [] : [{ path: diskPath }]),
      ],
      ...(network !== undefined && { network }),
      consolePath: inFolder('console.log'),
    };
    const machine = new QuotaMachine(hardware, folder);
    await machine.ready();
    return machine;
  }

  /** Mounts what `boot` made, as is needed after a power cut. */
  async mount(): Promise<void> {
    const mounts = quotaFileSystems.map((kind) => {
      const { device, options } = fileSystems[kind];
      return `mkdir -p ${mountPoint(kind)}; mount -o ${options} ${device} ${mountPoint(kind)}`;
    });
    await this.run([...mounts, ...nothingByItself].join('\n'));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Writes an image with the sources as they are now. Their packages are in Debian's tree. */
function packProject(folder: string, path: string): void {
  mkdirSync(folder);
  for (const name of ['package.json', 'src', 'test'])
    cpSync(join(project, name), join(folder, name), { recursive: true });
  symlinkSync('/node_modules', join(folder, 'node_modules'));
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', folder, path, '64M']);
}
