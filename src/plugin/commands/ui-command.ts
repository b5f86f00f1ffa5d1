import { once } from 'node:events';
import { version } from '../../model/version.ts';
import type { OpenCluster } from '../cluster/open-cluster.ts';
import type { Given } from '../command-line/read-arguments.ts';
import { findings, wantedByDoctor } from '../doctor/findings.ts';
import type { Output } from '../output/output.ts';
import { problemsIn } from '../output/problems.ts';
import type { Wanted } from '../overview.ts';
import { contentOf, wantedByPage } from '../page/content.ts';
import { servePage } from '../page/server.ts';
import { readOverview } from '../read-overview.ts';
import { type End, ended, misused } from './end.ts';

const wanted: readonly Wanted[] = [...new Set([...wantedByDoctor, ...wantedByPage])];

const mostPort = 65_535;

/** Serves the page until the user ends the command. @throws {StartError} if the port cannot be listened on */
export async function runUi(
  given: Given,
  { sources, connection }: Pick<OpenCluster, 'sources' | 'connection'>,
  { say }: Output,
): Promise<End> {
  const port = Number(given.port ?? 0);
  if (!/^\d*$/.test(given.port ?? '') || port > mostPort) {
    return misused(`--port is ${JSON.stringify(given.port)}: use a number from 0 to ${mostPort}`);
  }
  const scope = { namespace: given.namespace, labelSelector: undefined, node: undefined };
  const stop = stopSignal();
  const page = await servePage({
    port,
    subject: subjectOf(given, connection.server),
    clusterOptions: clusterOptions(given),
    read: async () => {
      const overview = await readOverview(sources, scope, wanted);
      const { claims, volumes, nodes, daemons } = overview;
      const isAway = [claims, volumes, nodes, daemons].every((read) => 'problem' in read);
      if (isAway) throw new Error(problemsIn(overview).join('; '));
      return contentOf(overview, findings(overview, overview.atMs, version));
    },
  });
  say(`${page.url}\nWhoever has this address can see the page: do not share it. Ctrl-C ends the command.`);
  await stop;
  await page.close();
  return ended;
}

const stopSignal = (): Promise<unknown> => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

const subjectOf = ({ context, namespace }: Given, server: string): string =>
  `${context === undefined ? server : `context ${context}`}, ${namespace === undefined ? 'all namespaces' : `namespace ${namespace}`}`;

/** The flags that a command needs to reach the same cluster. */
const clusterOptions = ({ kubeconfig, context }: Given): string[] => [
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
  ...(context === undefined ? [] : ['--context', context]),
];
