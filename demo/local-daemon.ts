import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaemonProcess } from '../test/support/daemon-process.ts';
import type { Cleanup } from './cleanup.ts';
import { DemoFailure } from './failure.ts';
import type { Place } from './place.ts';

/** Longer than the daemon takes to stop by itself. */
const stopWithinMs = 10_000;

export interface LocalDaemonOptions {
  /** Content of the kubeconfig that the daemon is to use. */
  kubeconfig: string;
  nodeName: string;
  provisioner: string;
  /** Whether the cluster outlives the demo, and with it volumes whose directories must then stay. */
  clusterStays: boolean;
}

/** Starts the daemon from its sources, as a process of its own, on a base directory in a temporary folder. */
export async function startLocalDaemon(
  options: LocalDaemonOptions,
  { cleanup, signal }: { cleanup: Cleanup; signal: AbortSignal },
): Promise<NonNullable<Place['local']>> {
  const folder = await mkdtemp(join(tmpdir(), 'hostpath-provisioner-demo-'));
  const baseDirectory = join(folder, 'volumes');
  cleanup.add(`removing ${folder}`, () => removeFolder(folder, baseDirectory, options.clusterStays));
  await mkdir(baseDirectory);
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeFile(kubeconfigPath, options.kubeconfig, { mode: 0o600 });

  signal.throwIfAborted();
  const daemon = new DaemonProcess({
    kubeconfigPath,
    nodeName: options.nodeName,
    baseDirectory,
    provisionerNames: [options.provisioner],
    prefix: ['setsid'], // Ctrl-C in the terminal is for the demo alone, which needs the daemon to clean up
    logLevel: 'info',
  });
  cleanup.add('stopping the daemon', () => stopDaemon(daemon));
  await Promise.race([daemon.untilReady(), rejectOnExit(daemon), rejectOnAbort(signal)]);
  return { daemon, baseDirectory };
}

/** @returns the daemon's exit status */
export async function stopDaemon(daemon: DaemonProcess): Promise<number | null> {
  const last = setTimeout(() => daemon.process.kill('SIGKILL'), stopWithinMs);
  const { code } = await daemon.kill('SIGTERM');
  clearTimeout(last);
  return code;
}

async function rejectOnExit(daemon: DaemonProcess): Promise<never> {
  const { code, signal } = await daemon.exited;
  await sleep(50); // its last words may still be on their way
  throw new DemoFailure('the daemon starts', [
    `it ended with exit status ${code ?? signal}`,
    ...daemon.lastLines.split('\n'),
  ]);
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

async function removeFolder(folder: string, baseDirectory: string, clusterStays: boolean): Promise<void> {
  const left = clusterStays ? (await readdir(baseDirectory)).filter((name) => name.startsWith('pvc-')) : [];
  if (left.length > 0) throw new Error(`kept, because volumes of the cluster lie in it: ${left.join(', ')}`);
  await rm(folder, { recursive: true, force: true });
}
