/** `npm run cluster:up`: starts a cluster to play with, which stays until `npm run cluster:down`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { imageName } from '../../../scripts/image/name.ts';
import { builtKafkaImages, readmeKafka } from '../../kafka/kafka-image.ts';
import { type Answer, askOwner, ownerLogPath } from './owner-socket.ts';
import { kubernetesPath, requirePrograms } from './prerequisites.ts';

const builtKafka = builtKafkaImages([readmeKafka]).map(() => `apache/kafka:${readmeKafka}`);

async function main(): Promise<void> {
  requirePrograms('node');
  const other = await askOwner('where');
  if (other !== undefined) throw new Error(`a cluster is up already: ${shown(other)}`);

  console.error('starting a cluster of one node');
  const { kubeconfigPath, error } = await startOwner();
  if (kubeconfigPath === undefined) throw new Error(`the cluster does not start: ${error}`);
  console.error(`up after ${Math.round(performance.now() / 1_000)} s; end it with "npm run cluster:down"`);
  console.error(`images: ${['busybox:1.36', imageName, ...builtKafka].join(', ')}; nothing is applied yet`);
  console.error(`kubectl, if you have none: ${kubernetesPath()} kubectl`);
  console.error(`logs: ${dirname(kubeconfigPath)}/*.log, and ${ownerLogPath}`);
  console.log(exportLine(kubeconfigPath)); // alone on standard output, so that a shell can evaluate it
}

/** Starts the process that the cluster belongs to, and waits for its word. */
async function startOwner(): Promise<Answer> {
  const log = openSync(ownerLogPath, 'w');
  const owner = fork(join(import.meta.dirname, 'owner.ts'), {
    cwd: '/',
    stdio: ['ignore', log, log, 'ipc'],
    detached: true, // later Ctrl-Cs are not for it
  });
  closeSync(log);
  const [answer] = await Promise.race([once(owner, 'message'), once(owner, 'exit').then(([code]) => [died(code)])]);
  if (owner.connected) owner.disconnect();
  owner.unref();
  return answer;
}

const died = (code: number | null): Answer => ({ error: `its owner died (exit code ${code}); see ${ownerLogPath}` });

const shown = ({ kubeconfigPath }: Answer) =>
  kubeconfigPath === undefined ? 'it is starting, or ending' : exportLine(kubeconfigPath);

const exportLine = (path: string) => `export KUBECONFIG='${path}'`;

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
