import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { kubernetesPath } from '../control-plane/real/prerequisites.ts';
import { DaemonProcess } from './daemon-process.ts';
import { json, part, type Reply, type ScriptedRequest, type ScriptedServer } from './scripted-server.ts';
import { until } from './until.ts';

/** What a server saw of who reached it; undefined when nobody did. */
export type Seen = Record<string, unknown> | undefined;

const nodeName = 'node-1';

/** An API server that has the node of the daemon and nothing else. */
export function emptyCluster(request: ScriptedRequest): Reply {
  if (request.query.has('watch')) return part('');
  if (request.path.endsWith('/namespaces/kube-system')) return json(200, { metadata: { uid: 'cluster-1' } });
  const items = request.path.endsWith('/nodes') ? [{ metadata: { name: nodeName } }] : [];
  return json(200, { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items });
}

export interface Attempt {
  folder: string;
  kubeconfigPath: string;
  env?: Record<string, string>;
}

/** Starts the daemon. It is to be disposed of. */
export async function startBundle({ folder, kubeconfigPath, env }: Attempt): Promise<DaemonProcess> {
  const baseDirectory = join(folder, 'base');
  await mkdir(baseDirectory, { recursive: true });
  return new DaemonProcess({
    kubeconfigPath,
    nodeName,
    baseDirectory,
    provisionerNames: ['hostpath-provisioner'],
    program: inject('program'),
    env: { ...env, WHO: 'daemon' },
  });
}

/** What the server sees of the daemon, and all that the daemon says until then, or until it says that it cannot go on. */
export async function reachAsDaemon(server: ScriptedServer, attempt: Attempt): Promise<{ seen: Seen; said: string }> {
  const daemon = await startBundle(attempt);
  const isDone = () =>
    seenOf(server, 'hostpath-provisioner') !== undefined ||
    daemon.output.includes('API server cannot be used') ||
    daemon.process.exitCode !== null;
  try {
    await until('the daemon has reached the server or failed to', isDone, {});
  } finally {
    await daemon.kill('SIGKILL');
    await daemon.silent;
  }
  return { seen: seenOf(server, 'hostpath-provisioner'), said: daemon.output };
}

/** What the server sees of kubectl, and what kubectl says if it fails. */
export async function reachAsKubectl(
  server: ScriptedServer,
  { kubeconfigPath, folder, env }: Attempt,
): Promise<{ seen: Seen; said: string }> {
  const args = ['kubectl', 'get', '--raw', '/api/v1/nodes', '--request-timeout', '10s'];
  const child = spawn(kubernetesPath(), args, {
    env: { ...process.env, ...env, KUBECONFIG: kubeconfigPath, HOME: folder, WHO: 'kubectl' },
    stdio: ['ignore', 'ignore', 'pipe'], // it would else ask for a name and a password
  });
  const said = await text(child.stderr);
  return { seen: seenOf(server, 'kubectl'), said };
}

/** The first request of a program, in all that tells who sent it. */
function seenOf({ requests }: ScriptedServer, program: string): Seen {
  const request = requests.find(({ headers }) => headers['user-agent']?.startsWith(program));
  if (request === undefined) return undefined;
  const identifying = /^(authorization|impersonate-.*)$/;
  return {
    folder: request.path.slice(0, request.path.indexOf('/api')),
    certificate: request.certificate,
    ...Object.fromEntries(Object.entries(request.headers).filter(([name]) => identifying.test(name))),
  };
}

/** A credential plugin of a few lines of shell. */
export async function writePlugin(folder: string, name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** What a plugin prints for a token. */
export function execCredential(status: object, version = 'v1'): string {
  return JSON.stringify({ kind: 'ExecCredential', apiVersion: `client.authentication.k8s.io/${version}`, status });
}
