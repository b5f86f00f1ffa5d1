import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { uniqueName } from '../../test/support/build.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import { createClaim, timeOfClaim } from '../claims.ts';
import type { Figures, Findings } from '../figures.ts';
import { onFreshCluster, type Repetition } from '../fresh-cluster.ts';
import { blockedMs, type LoopWindow, loopWindowsIn, type Phase, recordingLoopDelays } from '../loop-delays.ts';
import type { MeasuredDaemon } from '../measured-daemon.ts';
import { release } from '../release.ts';
import { percentile, range } from '../statistics.ts';
import { plantTree } from '../tree.ts';

export const deleteLargeFigures = {
  eraseRm: { text: '100,000 files, rm -rf', unit: 'ms' },
  eraseTime: { text: '100,000 files, out of place to erased, nothing else going on', unit: 'ms' },
  eraseShare: {
    text: '100,000 files, erased at',
    unit: 'x speed of rm -rf',
    target: { atLeast: 0.5, judged: 'median' },
  },
  eraseQuietP99: { text: 'one at a time before, claim answered to volume, p99', unit: 'ms' },
  eraseBusyP99: { text: 'one at a time while 100,000 files are erased, p99', unit: 'ms' },
  eraseSlowing: {
    text: 'one at a time while erased, p99 over that before',
    unit: 'x',
    target: { atMost: 2, judged: 'median' },
  },
  eraseQuietLoop: { text: 'event loop held up before, longest', unit: 'ms' },
  eraseLoop: {
    text: 'event loop held up while erased, longest',
    unit: 'ms',
    target: { atMost: 20, judged: 'each' },
  },
  eraseLoopBlocked: { text: 'event loop held up while erased, longest, not for want of a processor', unit: 'ms' },
} satisfies Figures;

const files = 100_000;
const quietClaims = 200;
const withinMs = 240_000;

/**
 * Two volumes of 100,000 files: one is erased alone, in turn before and after `rm -rf` of the same tree beside it; the other
 * while claims come, one at a time.
 */
export function deleteLarge(repetition: Repetition): Promise<Findings> {
  return onFreshCluster(repetition, async ({ cluster, startDaemon }) => {
    const delaysPath = join(cluster.folder, 'loop-delays');
    const daemon = await startDaemon({ waitUntilReady: true, env: recordingLoopDelays(delaysPath) });
    const [alone, meanwhile] = [
      await largeVolume('alone', cluster, daemon),
      await largeVolume('meanwhile', cluster, daemon),
    ];
    const removed = join(cluster.folder, 'removed');
    await mkdir(removed);
    plantTree(removed, files);
    execFileSync('sync', ['--file-system', cluster.folder]); // else whoever comes first waits for the writes of all

    const oneClaim = () => timeOfClaim(cluster, daemon, uniqueName('claim'), withinMs);
    const latencies: number[] = [];
    const quiet = await during(async () => {
      for (let index = 0; index < quietClaims; index += 1) latencies.push(await oneClaim());
    });

    const rmFirst = repetition.number % 2 === 0 ? await timeOfRm(removed) : undefined;
    await letGo(alone, cluster);
    const eraseMs = await timeOfErasing(alone.volume, cluster);
    const rmMs = rmFirst ?? (await timeOfRm(removed));

    const latenciesMeanwhile: number[] = [];
    await letGo(meanwhile, cluster);
    const erasing = await during(async () => {
      let erased = false;
      const erasure = timeOfErasing(meanwhile.volume, cluster).finally(() => {
        erased = true;
      });
      while (!erased) latenciesMeanwhile.push(await oneClaim());
      await erasure;
    });

    const quietWindows = await loopWindowsIn(quiet, delaysPath);
    const windows = await loopWindowsIn(erasing, delaysPath);
    const [quietP99, busyP99] = [percentile(latencies, 0.99), percentile(latenciesMeanwhile, 0.99)];
    return {
      figures: {
        eraseRm: rmMs,
        eraseTime: eraseMs,
        eraseShare: rmMs / eraseMs,
        eraseQuietP99: quietP99,
        eraseBusyP99: busyP99,
        eraseSlowing: busyP99 / quietP99,
        eraseQuietLoop: range(quietWindows.map(delayOf)).most,
        eraseLoop: range(windows.map(delayOf)).most,
        eraseLoopBlocked: range(windows.map(blockedMs)).most,
      },
      samples: {
        'delete-large: before, claim answered to volume, ms': latencies,
        'delete-large: while erased, claim answered to volume, ms': latenciesMeanwhile,
        'delete-large: before, longest delay of the loop in each 50 ms, ms': quietWindows.map(delayOf),
        'delete-large: while erased, longest delay of the loop in each 50 ms, ms': windows.map(delayOf),
        'delete-large: while erased, wait for a processor in each 50 ms, ms': windows.map(({ waitedMs }) => waitedMs),
      },
    };
  });
}

const delayOf = ({ delayMs }: LoopWindow): number => delayMs;

interface LargeVolume {
  claim: string;
  volume: string;
}

async function largeVolume(claim: string, cluster: Cluster, daemon: MeasuredDaemon): Promise<LargeVolume> {
  const { volume } = await createClaim(cluster, claim);
  await daemon.untilSeen([volume], withinMs);
  plantTree(join(cluster.base, volume), files);
  return { claim, volume };
}

/** Returns as soon as the volume is called released. */
async function letGo({ claim, volume }: LargeVolume, cluster: Cluster): Promise<void> {
  await cluster.deleteClaim(claim);
  await until('the claim is gone', async () => (await cluster.readClaim(claim)) === undefined, { withinMs });
  await release(cluster, [volume]);
}

/** From when the directory is out of its place until nothing of it is left. */
async function timeOfErasing(volume: string, { base }: Cluster): Promise<number> {
  const [place, trash] = [join(base, volume), join(base, '.hostpath-provisioner/trash', volume)];
  const gone = (path: string) => until(`${path} is gone`, () => !existsSync(path), { withinMs, everyMs: 2 });
  await gone(place);
  const startedAt = performance.now();
  await gone(trash);
  return performance.now() - startedAt;
}

async function timeOfRm(path: string): Promise<number> {
  const startedAt = performance.now();
  await promisify(execFile)('rm', ['-rf', path]);
  return performance.now() - startedAt;
}

async function during(deed: () => Promise<void>): Promise<Phase> {
  const from = Date.now();
  await deed();
  return { from, to: Date.now() };
}
