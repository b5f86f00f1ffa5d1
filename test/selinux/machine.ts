import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { bundleDaemon } from '../../scripts/bundle.ts';
import { machineObstacles, pack, servePath } from '../machine/guest-image.ts';
import { type Hardware, VirtualMachine } from '../machine/virtual-machine.ts';
import { shippedCapabilities } from '../support/capabilities.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { guestPaths, makeGuest } from './guest-image.ts';

export const baseDirectory = '/var/lib/hostpath-provisioner';

/** Which capabilities the daemon's container keeps. */
const bounding = ['-all', ...shippedCapabilities.map((name) => `+${name.toLowerCase()}`)].join(',');

/**
 * A virtual machine with SELinux in force: Debian's kernel and policy. Nothing else runs there; `run` does what a kubelet, an
 * administrator or a tenant would.
 */
export class Machine extends VirtualMachine {
  readonly #folder: Awaited<ReturnType<typeof temporaryDirectory>>;

  private constructor(hardware: Hardware, folder: Awaited<ReturnType<typeof temporaryDirectory>>) {
    super(hardware);
    this.#folder = folder;
  }

  /** Builds what is not there yet, and boots. @throws {Error} that says what is missing, or what the kernel said */
  static async boot(): Promise<Machine> {
    const missing = machineObstacles();
    if (missing.length > 0) throw new Error(`SELinux cannot be tested: ${missing.join('; ')}`);
    await makeGuest();
    const folder = await temporaryDirectory();
    const disk = join(folder.path, 'disk');
    execFileSync('mke2fs', ['-q', '-t', 'ext4', disk, '64M']);
    const hardware: Hardware = {
      kernel: guestPaths.kernel,
      initrd: await rootWithBundle(folder.path),
      append: 'lsm=selinux selinux=1 enforcing=1',
      memoryMiB: 1024,
      disks: [{ path: disk }],
      network: true,
      consolePath: join(folder.path, 'console.log'),
    };
    const machine = new Machine(hardware, folder);
    await machine.ready();
    return machine;
  }

  /** Runs a command in a container, as `container_t` at a level such as `s0:c1,c2`. @returns as `run` */
  runInContainer(level: string, command: string): Promise<string> {
    return this.run(inContainer(level, command));
  }

  /** Starts the daemon in a container, with the capabilities that its manifest gives it, and ends the one before. */
  async startDaemon(level: string, args: readonly string[], kubeconfig: string): Promise<void> {
    await this.stopDaemon();
    await this.run(`
      echo '${Buffer.from(kubeconfig).toString('base64')}' | base64 -d >/container/kubeconfig
      chcon system_u:object_r:container_file_t:${level} /container/kubeconfig # as a runtime labels what is the pod's own
      ${inContainer(level, `/bin/node /hostpath-provisioner.mjs ${args.join(' ')}`)} 2>&1 | cat >/daemon.log 2>&1 &`);
  }

  async stopDaemon(): Promise<void> {
    await this.run('while killall -q -9 node; do usleep 50000; done');
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** The kernel is asked for the context of what is run next, as a container runtime asks it. */
function inContainer(level: string, command: string): string {
  const context = `system_u:system_r:container_t:${level}`;
  const script = `printf ${context} >/proc/self/attr/exec && exec ${command}`;
  return `chroot /container /usr/bin/setpriv --bounding-set=${bounding} /bin/busybox sh -c '${script.replaceAll("'", `'\\''`)}'`;
}

/** The root file system, and after it that of today's daemon: the kernel unpacks one after the other. */
async function rootWithBundle(folder: string): Promise<string> {
  const added = join(folder, 'added');
  await mkdir(join(added, 'container'), { recursive: true });
  await copyFile(join(import.meta.dirname, 'guest/init'), join(added, 'init'));
  await chmod(join(added, 'init'), 0o755);
  await copyFile(servePath, join(added, 'serve'));
  await bundleDaemon({ outfile: join(added, 'container/hostpath-provisioner.mjs') });
  const root = join(folder, 'root.cpio');
  await copyFile(guestPaths.root, root);
  const addedArchive = join(folder, 'added.cpio');
  pack(added, addedArchive);
  await pipeline((await open(addedArchive)).createReadStream(), createWriteStream(root, { flags: 'a' }));
  await rm(addedArchive);
  return root;
}
