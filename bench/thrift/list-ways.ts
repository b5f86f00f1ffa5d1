import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { upstreamOf } from '../../test/faults/proxy/upstream.ts';
import type { FreshCluster } from '../fresh-cluster.ts';
import { usageOf } from '../process-usage.ts';
import { CountingProxy } from './counting-proxy.ts';

/**
 * One way to get all claims of a cluster. A stream (`sendInitialEvents`) is not among them: API servers offer it only before
 * an etcd that reports progress on demand, from 3.4.31 and 3.5.13 on.
 */
interface ListWay {
  accept: string;
  acceptEncoding: 'identity' | 'gzip';
}

const metadataIn = (type: string) => `${type};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
const json = 'application/json';
const protobuf = 'application/vnd.kubernetes.protobuf';

export const listWays = {
  whole: { accept: json, acceptEncoding: 'identity' },
  wholeGzip: { accept: json, acceptEncoding: 'gzip' },
  metadata: { accept: metadataIn(json), acceptEncoding: 'identity' },
  metadataGzip: { accept: metadataIn(json), acceptEncoding: 'gzip' },
  metadataProtobuf: { accept: metadataIn(protobuf), acceptEncoding: 'identity' },
} satisfies Record<string, ListWay>;

export type ListWayName = keyof typeof listWays;

export interface ListCost {
  receivedBytes: number;
  apiServerCpuMs: number;
}

/** Often enough that the kernel's count of CPU time, in steps of 10 ms, is told apart. */
const repeats = 40;

/** What it costs to get all claims of the cluster once, in each way, as an administrator; there is one page of them. */
export async function measureListWays(fresh: FreshCluster): Promise<Record<ListWayName, ListCost>> {
  const proxy = await CountingProxy.start(upstreamOf(fresh.adminKubeconfigPath));
  const token = tokenIn(fresh.adminKubeconfigPath);
  try {
    const costs: [string, ListCost][] = [];
    for (const [name, way] of Object.entries(listWays)) {
      await getAll(proxy.server, token, way);
      const before = { ...proxy.traffic(), ...usageOf(fresh.apiServerPid) };
      for (let round = 0; round < repeats; round += 1) await getAll(proxy.server, token, way);
      const after = { ...proxy.traffic(), ...usageOf(fresh.apiServerPid) };
      costs.push([
        name,
        {
          receivedBytes: (after.receivedBytes - before.receivedBytes) / repeats,
          apiServerCpuMs: (after.cpuMs - before.cpuMs) / repeats,
        },
      ]);
    }
    return Object.fromEntries(costs) as Record<ListWayName, ListCost>;
  } finally {
    proxy.stop();
  }
}

async function getAll(server: string, token: string, { accept, acceptEncoding }: ListWay): Promise<void> {
  const headers = { accept, 'accept-encoding': acceptEncoding, authorization: `Bearer ${token}` };
  const answer = await fetch(`${server}/api/v1/persistentvolumeclaims?limit=500`, { headers });
  const body = await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`list of claims: ${answer.status} ${Buffer.from(body)}`);
}

function tokenIn(kubeconfigPath: string): string {
  const config = new KubeConfig();
  config.loadFromString(readFileSync(kubeconfigPath, 'utf8'));
  return config.getCurrentUser()?.token ?? '';
}
