import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { bundleDaemon } from '../../scripts/bundle.ts';
import { notInstalled } from '../control-plane/real/prerequisites.ts';
import { shippedCapabilities } from '../support/capabilities.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { guestPaths, makeGuest, pack } from './guest-image.ts';

const programs = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  busybox: 'busybox-static',
  mke2fs: 'e2fsprogs',
};

/** The loopback of this machine, as the other sees it. */
export const hostAddress = '10.0.2.2';
export const baseDirectory = '/var/lib/hostpath-provisioner';

/** Which capabilities the daemon's container keeps. */
const bounding = ['-all', ...shippedCapabilities.map((name) => `+${name.toLowerCase()}`)].join(',');

/**
 * A virtual machine with SELinux in force: Debian's kernel and policy. Nothing else runs there; `run` does what a kubelet, an
 * administrator or a tenant would.
 */
export class Machine implements AsyncDisposable {
  readonly #qemu: ChildProcess;
  readonly #folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  readonly #answers: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(qemu: ChildProcess, folder: Awaited<ReturnType<typeof temporaryDirectory>>) {
    this.#qemu = qemu;
    this.#folder = folder;
    if (qemu.stdout === null) throw new Error('qemu was started without a pipe');
    this.#answers = createInterface({ input: qemu.stdout })[Symbol.asyncIterator]();
  }

  /** Builds what is not there yet, and boots. @throws {Error} that says what is missing, or what the kernel said */
  static async boot(): Promise<Machine> {
    const missing = [...(process.getuid?.() === 0 ? [] : ['it needs root']), ...notInstalled(programs)];
    if (missing.length > 0) throw new Error(`SELinux cannot be tested: ${missing.join('; ')}`);
    await makeGuest();
    const folder = await temporaryDirectory();
    const root = await rootWithBundle(folder.path);
    const disk = join(folder.path, 'disk');
    execFileSync('mke2fs', ['-q', '-t', 'ext4', disk, '64M']);
    const qemu = spawn('qemu-system-x86_64', qemuArguments(root, disk, consoleOf(folder.path)), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const machine = new Machine(qemu, folder);
    await machine.#answer();
    return machine;
  }

  /** Runs a script as the node's own root. @returns what it says on both outputs. @throws {Error} with that, when it fails */
  run(script: string): Promise<string> {
    const result = this.#last.then(async () => {
      this.#qemu.stdin?.write(`${Buffer.from(`set -e\n${script}`).toString('base64')}\n`);
      const [code, output = ''] = (await this.#answer()).split(' ');
      const text = Buffer.from(output, 'base64').toString();
      if (code !== '0') throw new Error(`exit status ${code} of: ${script}\n${text}`);
      return text;
    });
    this.#last = result.catch(() => undefined);
    return result;
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

  async #answer(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (!done) return value;
    throw new Error(`the machine has ended: ${await readFile(consoleOf(this.#folder.path), 'utf8')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#qemu.kill('SIGKILL');
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** The kernel is asked for the context of what is run next, as a container runtime asks it. */
function inContainer(level: string, command: string): string {
  const context = `system_u:system_r:container_t:${level}`;
  const script = `printf ${context} >/proc/self/attr/exec && exec ${command}`;
  return `chroot /container /usr/bin/setpriv --bounding-set=${bounding} /bin/busybox sh -c '${script.replaceAll("'", `'\\''`)}'`;
}

const consoleOf = (folder: string): string => join(folder, 'console.log');

function qemuArguments(root: string, disk: string, console: string): string[] {
  return [
    ['-machine', `pc,accel=${accelerator()}`, '-cpu', 'max,-arch-capabilities', '-m', '1G'],
    ['-nodefaults', '-no-reboot', '-display', 'none'],
    ['-kernel', guestPaths.kernel, '-initrd', root],
    ['-append', 'console=ttyS0 panic=-1 lsm=selinux selinux=1 enforcing=1'],
    ['-serial', `file:${console}`, '-serial', 'stdio'],
    ['-drive', `file=${disk},format=raw,if=none,id=disk`, '-device', 'virtio-blk-pci,drive=disk'],
    ['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='],
  ].flat();
}

/** KVM where the processor has it. Without, a /dev/kvm is one that wants a kernel of its own, and Debian's would never start. */
function accelerator(): 'kvm' | 'tcg' {
  const isProcessors = /^flags\b.*\b(vmx|svm)\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  return isProcessors && existsSync('/dev/kvm') ? 'kvm' : 'tcg';
}

/** The root file system, and after it that of today's daemon: the kernel unpacks one after the other. */
async function rootWithBundle(folder: string): Promise<string> {
  const added = join(folder, 'added');
  await mkdir(join(added, 'container'), { recursive: true });
  await copyFile(join(import.meta.dirname, 'guest/init'), join(added, 'init'));
  await chmod(join(added, 'init'), 0o755);
  await bundleDaemon({ outfile: join(added, 'container/hostpath-provisioner.mjs') });
  const root = join(folder, 'root.cpio');
  await copyFile(guestPaths.root, root);
  const addedArchive = join(folder, 'added.cpio');
  pack(added, addedArchive);
  await pipeline((await open(addedArchive)).createReadStream(), createWriteStream(root, { flags: 'a' }));
  await rm(addedArchive);
  return root;
}
