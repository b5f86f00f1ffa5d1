import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { DaemonProcess } from '../support/daemon-process.ts';
import { ScriptedServer, silence } from '../support/scripted-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { kubeconfig, writeKubeconfig } from '../unit/kube/kubeconfig.ts';

interface Start {
  /** Of the API server. */
  server?: string;
  user?: object;
  /** Whether there is a base directory. */
  base?: boolean;
  /** Whether the start has got to where it cannot go on. */
  stuck: (daemon: DaemonProcess, folder: string) => boolean;
}

const isListening = ({ log }: DaemonProcess): boolean => log.some(({ msg }) => msg === 'daemon started');

/** A credential plugin that never answers; it leaves a file when it is begun. */
function hangingPlugin(folder: string): object {
  const command = join(folder, 'plugin.sh');
  writeFileSync(command, `#!/bin/sh\ntouch ${join(folder, 'plugin-began')}\nexec sleep 10\n`);
  chmodSync(command, 0o755);
  return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' } };
}

/** Starts the bundle, and sends it the signal once it is stuck; tells how it ended and what it has made. */
async function stopWhenStuck(signal: NodeJS.Signals, start: Start | ((folder: string) => Start)) {
  await using folder = await temporaryDirectory();
  await using silent = await ScriptedServer.start(() => silence);
  const { server = silent.url, user, base = true, stuck } = typeof start === 'object' ? start : start(folder.path);
  const baseDirectory = join(folder.path, 'base');
  if (base) mkdirSync(baseDirectory);
  const text = kubeconfig(server, { cluster: { 'insecure-skip-tls-verify': true }, ...(user && { user }) });
  const daemon = new DaemonProcess({
    program: inject('program'),
    kubeconfigPath: await writeKubeconfig(folder.path, text),
    nodeName: 'node-a',
    baseDirectory,
    provisionerNames: ['hostpath-provisioner'],
  });
  await until('the start is stuck', () => stuck(daemon, folder.path));
  const sinceMs = performance.now();
  const end = await daemon.kill(signal);
  return { end, withinMs: performance.now() - sinceMs, made: base ? readdirSync(baseDirectory) : [] };
}

describe('a daemon whose start cannot go on is stopped by a signal, and has made nothing', () => {
  test.each<[string, Start | ((folder: string) => Start)]>([
    ['nothing listens where the API server is to be', { server: 'http://127.0.0.1:9', stuck: isListening }],
    ['the API server does not answer', { stuck: isListening }],
    [
      'a credential plugin does not answer',
      (folder) => ({ user: hangingPlugin(folder), stuck: () => existsSync(join(folder, 'plugin-began')) }),
    ],
    ['there is no base directory', { base: false, stuck: isListening }],
  ])('when %s', async (_, start) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { end, withinMs, made } = await stopWhenStuck(signal, start);
      expect(end).toEqual({ code: 0, signal: null });
      expect(withinMs).toBeLessThan(5_000);
      expect(made).toEqual([]);
    }
  });
});
