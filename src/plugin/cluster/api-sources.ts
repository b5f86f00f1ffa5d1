import { callApi } from '../../kube/calls/call.ts';
import { listPage, type Page } from '../../kube/calls/list.ts';
import { PageSize } from '../../kube/calls/page-size.ts';
import type { Selection } from '../../kube/calls/selection.ts';
import type { Connection } from '../../kube/connection/connection.ts';
import type { MetadataObject } from '../../model/kubernetes.ts';
import type { Daemon } from '../overview.ts';
import { daemonContainer, daemonPort } from './daemons.ts';
import type { Sources } from './sources.ts';

/** For each page of a list, in milliseconds. */
const listWithinMs = 60_000;

/** For the answer of a daemon, which has its numbers ready, in milliseconds. */
const askWithinMs = 15_000;

/** Reads through the API server. */
export function apiSources(connection: Connection): Sources {
  return {
    async *list<Kind extends MetadataObject>(selection: Selection) {
      const size = new PageSize();
      let from: string | undefined;
      do {
        const page: Page<Kind> = await listPage(connection, selection, from, size, { timeoutMs: listWithinMs });
        yield* page.items;
        from = page.next;
      } while (from !== undefined);
    },

    async ask({ namespace, pod, node }: Daemon, path: string) {
      const { object } = await callApi(connection, {
        deed: `ask the daemon of node ${node}`,
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/pods/${pod}:${daemonPort}/proxy${path}`,
        timeoutMs: askWithinMs,
      });
      return object;
    },

    async run({ namespace, pod }, command, timeoutMs) {
      // Most answers need no WebSocket.
      const { runInPod } = await import('../../kube/calls/exec.ts');
      return runInPod(connection, { namespace, pod, container: daemonContainer, command, timeoutMs });
    },
  };
}
