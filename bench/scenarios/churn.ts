import { setTimeout as sleep } from 'node:timers/promises';
import { timeOfClaim } from '../claims.ts';
import type { Figures, Findings } from '../figures.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../fresh-cluster.ts';
import type { MeasuredDaemon } from '../measured-daemon.ts';
import { Etcd, type StoredObject } from '../pairs/etcd.ts';
import { claimKey } from '../pairs/fill.ts';
import { changeMark, makePairsOfOthers } from '../pairs/of-others.ts';
import { range } from '../statistics.ts';

export const churnFigures = {
  churnCpu: {
    text: '100000 changes a minute to claims of others, CPU of the daemon',
    unit: '% of a core',
    target: { atMost: 10, judged: 'each' },
  },
  churnRate: { text: 'changes to claims of others, reached; the CPU is scaled from that', unit: '/min' },
  churnSlowest: { text: 'a claim of ours among such changes, answered to volume, slowest', unit: 'ms' },
} satisfies Figures;

const claims = 1_000;
const changesWanted = 100_000;
const overMs = 60_000;

/** Changes under way at the same time. */
const clients = 32;

const probeEveryMs = 5_000;
const withinMs = 60_000;

/** Somebody changes claims all the time, none of which is ours. A claim of ours now and then shows that the daemon keeps up. */
export function churn(repetition: Repetition): Promise<Findings> {
  return onFreshCluster(repetition, async (fresh) => {
    const stored = await makeClaimsOfOthers(fresh);
    const daemon = await fresh.startDaemon({ waitUntilReady: true });
    await probe(fresh, daemon, 'warm-up');

    const over = new AbortController();
    const usageBefore = daemon.usage();
    const startedAt = performance.now();
    const probing = probeUntil(over.signal, fresh, daemon);
    probing.catch(() => {}); // told below
    const changes = await change(new Etcd(fresh.etcdUrl), stored).finally(() => over.abort());
    const elapsedMs = performance.now() - startedAt;
    const latencies = await probing; // the last probe comes behind all changes
    const cpuMs = daemon.usage().cpuMs - usageBefore.cpuMs;

    return {
      figures: {
        churnCpu: (((cpuMs / changes) * changesWanted) / overMs) * 100,
        churnRate: (changes / elapsedMs) * 60_000,
        churnSlowest: range(latencies).most,
      },
      samples: { 'churn: claim answered to volume, ms': latencies },
    };
  });
}

async function makeClaimsOfOthers(fresh: FreshCluster): Promise<StoredObject[]> {
  const etcd = new Etcd(fresh.etcdUrl);
  const names: string[] = [];
  await makePairsOfOthers(fresh, claims, ({ claimName }) => names.push(claimName));
  return Promise.all(names.map((name) => etcd.get(claimKey(fresh.cluster.namespace, name))));
}

/**
 * Makes changes for a minute, at an even pace or, when etcd does not take so many, as fast as it does.
 * @returns how many
 */
async function change(etcd: Etcd, stored: StoredObject[]): Promise<number> {
  const startedAt = performance.now();
  let made = 0;
  const client = async () => {
    for (;;) {
      const dueMs = (made / changesWanted) * overMs;
      const nowMs = performance.now() - startedAt;
      if (Math.max(dueMs, nowMs) >= overMs) return;
      const { key, value } = stored[made % stored.length] as StoredObject;
      const mark = `change-${String(++made).padStart(7, '0')}`;
      if (dueMs - nowMs > 1) await sleep(dueMs - nowMs);
      await etcd.put({ key, value: value.replaceAll(changeMark, mark) });
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return made;
}

/** Makes a claim now and then, and one after the signal. */
async function probeUntil(signal: AbortSignal, fresh: FreshCluster, daemon: MeasuredDaemon): Promise<number[]> {
  const latencies: number[] = [];
  while (!signal.aborted) {
    await sleep(probeEveryMs, undefined, { signal }).catch(() => {});
    latencies.push(await probe(fresh, daemon, `claim-${latencies.length}`));
  }
  return latencies;
}

const probe = ({ cluster }: FreshCluster, daemon: MeasuredDaemon, name: string): Promise<number> =>
  timeOfClaim(cluster, daemon, name, withinMs);
