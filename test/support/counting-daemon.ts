import { pino } from 'pino';
import { readConfig } from '../../src/config/config.ts';
import { type Daemon, startDaemon } from '../../src/daemon.ts';
import type { Cluster } from './cluster.ts';

/** A daemon in this process that counts every second, which no option of the program allows. */
export async function startCounting(cluster: Cluster): Promise<Daemon> {
  const args = [
    ['--kubeconfig', await cluster.daemonKubeconfig()],
    ['--node-name', cluster.nodeName],
    ['--base-directory', cluster.base],
    ['--provisioner-name', cluster.provisioner],
    ['--http-address', '127.0.0.1:0'],
  ].flat();
  const result = readConfig(args, {});
  if (!('config' in result)) throw new Error(JSON.stringify(result));
  const { signal } = new AbortController();
  const timing = { passEveryMs: 100, firstCountAfterMs: 0, countEveryMs: { shortest: 1_000, longest: 1_000 } };
  return startDaemon(result.config, {}, pino({ level: 'silent' }), signal, timing);
}
