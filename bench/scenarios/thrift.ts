import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { upstreamOf } from '../../test/faults/proxy/upstream.ts';
import { countsSince } from '../cluster/counts.ts';
import { type FreshCluster, onFreshCluster } from '../cluster/fresh-cluster.ts';
import { untilUnchanged } from '../cluster/until-unchanged.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { bindClaims, claimKinds, createClasses, deleteClaims } from '../thrift/claim-lives.ts';
import { CountingProxy } from '../thrift/counting-proxy.ts';
import { activityIn, sumOf } from '../thrift/traffic.ts';
import type { Scenario } from './scenario.ts';

/** How many daemons there are, one after the other. */
const fleetSizes = [1, 10];
const claimsOfOthers = 500;
const livingClaims = 20;

/** What happens, by the start of the figures' keys, and how often. */
const phases = {
  start: { text: 'start of those that are added', unit: '', times: 1 },
  idle: { text: 'idle minute', unit: '/min', times: 1 },
  waitForFirstConsumer: { text: 'a claim with WaitForFirstConsumer', unit: '/claim', times: livingClaims },
  immediate: { text: 'an Immediate claim', unit: '/claim', times: livingClaims },
  others: { text: 'a claim of another provisioner', unit: '/claim', times: livingClaims },
};

/** What is counted in each phase, by the end of the figures' keys. */
const parts = {
  Watches: { text: 'watches begun', names: /^WATCH /, unit: '', per: 1 },
  Reads: { text: 'reads', names: /^(GET|LIST) /, unit: '', per: 1 },
  Writes: { text: 'writes besides Events', names: /^(POST|PATCH|DELETE) (?!events )/, unit: '', per: 1 },
  Events: { text: 'Events', names: /^(POST|PATCH) events /, unit: '', per: 1 },
  Changes: { text: 'changes told', names: /^CHANGE /, unit: '', per: 1 },
  Answers: { text: 'bytes of answers', names: /^BYTES$/, unit: 'KiB', per: 1_024 },
};

function figuresOf(size: number): Figures {
  const figures: Figures = {};
  for (const [phase, { text, unit }] of Object.entries(phases)) {
    for (const [key, part] of Object.entries(parts)) {
      figures[`${phase}${key}${size}`] = { text: `daemons: ${size}, ${text}: ${part.text}`, unit: part.unit + unit };
    }
  }
  return figures;
}

/**
 * What daemons cost the API server, in a cluster with 500 claims of another provisioner: when they start, when nothing
 * happens, and when claims are made, bound and deleted. All go through a proxy that counts. Times do not matter, so etcd need
 * not wait for the disk.
 */
export const thrift: Scenario = {
  figures: Object.assign({}, ...fleetSizes.map(figuresOf)),
  run: (repetition) => onFreshCluster(repetition, measureFleets, { binder: true, fsync: false, watchProgress: true }),
};

async function measureFleets(fresh: FreshCluster): Promise<Findings> {
  const { cluster, adminKubeconfigPath } = fresh;
  await createClasses(cluster);
  await bindClaims(cluster, 'others', claimsOfOthers, 'settled');
  const proxy = await CountingProxy.start(upstreamOf(adminKubeconfigPath));
  // All have one account, as the pods of a DaemonSet have.
  const kubeconfigPath = await cluster.daemonKubeconfig({ server: proxy.server, skipTLSVerify: true });
  const findings: Findings = { figures: {}, samples: {} };
  const settled = () => untilUnchanged(() => activityIn(proxy.traffic));
  const measure = async (phase: keyof typeof phases, size: number, deed: () => Promise<unknown>) => {
    const before = { ...proxy.traffic };
    await deed();
    const traffic = countsSince(before, proxy.traffic);
    for (const [key, { names, per }] of Object.entries(parts)) {
      findings.figures[`${phase}${key}${size}`] = sumOf(traffic, names) / per / phases[phase].times;
    }
    findings.samples[`thrift: ${size} daemons, ${phase}`] = traffic;
  };
  const nodeNames: string[] = [];
  try {
    for (const size of fleetSizes) {
      await measure('start', size, async () => {
        while (nodeNames.length < size) {
          const nodeName = `${cluster.nodeName}-${nodeNames.length}`;
          nodeNames.push(nodeName);
          await startDaemonOf(nodeName, kubeconfigPath, fresh);
        }
        await settled(); // a daemon looks for leftovers after it is ready
      });
      await measure('idle', size, () => sleep(60_000));
      for (const kind of claimKinds) {
        await measure(kind, size, async () => {
          const batch = `${kind}-${size}`.toLowerCase();
          await deleteClaims(cluster, kind, await bindClaims(cluster, kind, livingClaims, batch, nodeNames));
          await settled();
        });
      }
    }
  } finally {
    proxy.stop();
  }
  return findings;
}

/** Each daemon is a process of its own, with a node and a base directory of its own. */
async function startDaemonOf(nodeName: string, kubeconfigPath: string, { cluster, startDaemon }: FreshCluster) {
  const baseDirectory = join(cluster.folder, nodeName);
  await mkdir(baseDirectory);
  await cluster.createNode(nodeName);
  await (await startDaemon({ kubeconfigPath, nodeName, baseDirectory })).untilReady();
}
