import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The loopback of this machine, as the other sees it. */
export const hostAddress = '10.0.2.2';

export interface Hardware {
  /** Paths of the kernel, and of the archive that it begins with. */
  kernel: string;
  initrd: string;
  /** More of the kernel's command line. */
  append: string;
  memoryMiB: number;
  /** Images of virtio disks: /dev/vda, /dev/vdb and so on. */
  disks: readonly { path: string; readOnly?: boolean }[];
  /** Whether it reaches this machine's loopback, at `hostAddress`. */
  network?: boolean;
  /** Where what the kernel says is written. */
  consolePath: string;
}

/** A virtual machine in which guest/serve runs, and does what `run` says. */
export class VirtualMachine implements AsyncDisposable {
  readonly #hardware: Hardware;
  #power: Power;
  #last: Promise<unknown> = Promise.resolve();

  protected constructor(hardware: Hardware) {
    this.#hardware = hardware;
    this.#power = new Power(hardware);
  }

  /** Waits until it is ready. It is disposed of if that fails. @throws {Error} with what the kernel said */
  protected async ready(): Promise<void> {
    try {
      const first = await this.#power.answer();
      if (first !== 'ready') throw new Error(`the machine began with: ${first}`);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a script as root. @returns what it says on both outputs. @throws {Error} with that, when it fails */
  run(script: string): Promise<string> {
    const result = this.#last.then(async () => {
      const [code, output = ''] = (await this.#power.ask(`set -e\n${script}`)).split(' ');
      const text = Buffer.from(output, 'base64').toString();
      if (code !== '0') throw new Error(`exit status ${code} of: ${script}\n${text}`);
      return text;
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** The power goes, and comes back. What the machine has not sent to its disks is lost. */
  async cutPower(): Promise<void> {
    await this.#power.off();
    this.#power = new Power(this.#hardware);
    await this.ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#power.off();
  }
}

/** From power on to power off. */
class Power {
  readonly #qemu: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #consolePath: string;

  constructor(hardware: Hardware) {
    const command = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...qemuArguments(hardware)]; // no machine outlives its test
    this.#qemu = spawn('setpriv', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#qemu.stdout === null) throw new Error('qemu was started without a pipe');
    this.#answers = createInterface({ input: this.#qemu.stdout })[Symbol.asyncIterator]();
    this.#consolePath = hardware.consolePath;
  }

  ask(script: string): Promise<string> {
    this.#qemu.stdin?.write(`${Buffer.from(script).toString('base64')}\n`);
    return this.answer();
  }

  async answer(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (!done) return value;
    throw new Error(`the machine has ended: ${readFileSync(this.#consolePath, 'utf8')}`);
  }

  async off(): Promise<void> {
    if (this.#qemu.exitCode !== null || this.#qemu.signalCode !== null) return;
    const ended = once(this.#qemu, 'exit');
    this.#qemu.kill('SIGKILL');
    await ended;
  }
}

function qemuArguments({ kernel, initrd, append, memoryMiB, disks, network, consolePath }: Hardware): string[] {
  return [
    ['-machine', `pc,accel=${accelerator()}`, '-cpu', 'max,-arch-capabilities', '-smp', '2', '-m', `${memoryMiB}`],
    ['-nodefaults', '-no-reboot', '-display', 'none'],
    ['-kernel', kernel, '-initrd', initrd, '-append', `console=ttyS0 panic=-1 ${append}`],
    ['-serial', `file:${consolePath}`, '-serial', 'stdio'],
    ...disks.flatMap(({ path, readOnly = false }, index) => [
      ['-drive', `file=${path},format=raw,if=none,id=disk${index}${readOnly ? ',readonly=on' : ''}`],
      ['-device', `virtio-blk-pci,drive=disk${index}`],
    ]),
    ...(network ? [['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile=']] : []),
  ].flat();
}

/** KVM where the processor has it. Without, a /dev/kvm is one that wants a kernel of its own, and Debian's would never start. */
function accelerator(): 'kvm' | 'tcg' {
  const isProcessors = /^flags\b.*\b(vmx|svm)\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  return isProcessors && existsSync('/dev/kvm') ? 'kvm' : 'tcg';
}
