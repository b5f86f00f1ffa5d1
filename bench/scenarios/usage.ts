import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAsGuest } from '../../src/disk/file-system-storage.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { createBoundClaims } from '../limits/bound-claims.ts';
import { limitedClass, onLimitedCluster } from '../limits/limited-cluster.ts';
import type { Figures } from '../report/figures.ts';
import { median } from '../report/statistics.ts';
import type { Scenario } from './scenario.ts';

const volumesCount = 1_000;
const readings = 20;
const scrapes = 5;

/** For so long, the daemon does not read again what quotas count. */
const betweenScrapesMs = 5_100;

/** How many volumes the daemon reads at once. */
const atOnce = 64;

const what = `${volumesCount} volumes with limits`;

const figures: Figures = {
  usageRead: { text: `${what}, usage of all read`, unit: 'ms', target: { atMost: 50, judged: 'median' } },
  usageBare: { text: `${what}, the kernel's counters read by a bare loop`, unit: 'ms' },
  usageFirstScrape: { text: `${what}, first scrape of the metrics`, unit: 'ms' },
  usageScrape: { text: `${what}, later scrapes of the metrics`, unit: 'ms' },
};

/** What it takes to tell what 1,000 volumes use, of which a bare loop over the kernel's counters is not ours. */
export const usage: Scenario = {
  figures,
  run: (repetition) =>
    onLimitedCluster(repetition, async (limited) => {
      const daemon = await (await limited.startDaemon()).untilReady();
      const created = await createBoundClaims(limited, daemon, volumesCount, limitedClass);
      const scrapeMs: number[] = [];
      for (let index = 0; index < scrapes; index += 1) {
        await sleep(betweenScrapesMs);
        scrapeMs.push(await timeOf(() => daemon.metrics()));
      }
      await daemon.kill();

      const volumes = created.map(({ volume }) => volume);
      const { readMs, bareMs } = await timesOfReading(limited.baseDirectory, volumes);
      const [first = Number.NaN, ...later] = scrapeMs;
      return {
        figures: {
          usageRead: median(readMs),
          usageBare: median(bareMs),
          usageFirstScrape: first,
          usageScrape: median(later),
        },
        samples: {
          'usage: all volumes read, ms': readMs,
          "usage: the kernel's counters, ms": bareMs,
          'usage: scrapes, ms': scrapeMs,
        },
      };
    }),
};

/** In turn, in this process, through the daemon's storage and past it. */
async function timesOfReading(basePath: string, volumes: string[]): Promise<{ readMs: number[]; bareMs: number[] }> {
  const counters = countersOf(volumes.length);
  const storage = openAsGuest({ basePath });
  const [readMs, bareMs]: [number[], number[]] = [[], []];
  try {
    for (let index = 0; index < readings; index += 1) {
      readMs.push(
        await timeOf(() =>
          inLoops(atOnce, volumes.length, async (at) => {
            const found = await storage.readUsage(volumes[at] ?? '');
            if (found === undefined) throw new Error(`no quota counts ${volumes[at]}`);
          }),
        ),
      );
      bareMs.push(
        await timeOf(() =>
          inLoops(atOnce, counters.length, async (at) => void (await readFile(counters[at] ?? '', 'utf8'))),
        ),
      );
    }
    return { readMs, bareMs };
  } finally {
    await storage.close();
  }
}

/** The files with the counters of the file system that has so many quota groups of level 1. */
function countersOf(count: number): string[] {
  const folders = readdirSync('/sys/fs/btrfs').map((name) => join('/sys/fs/btrfs', name, 'qgroups'));
  for (const folder of folders) {
    const groups = namesIn(folder).filter((name) => name.startsWith('1_'));
    if (groups.length === count) return groups.map((name) => join(folder, name, 'referenced'));
  }
  throw new Error(`no file system has ${count} quota groups`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no file system, or one without quotas
  }
}

async function timeOf(deed: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await deed();
  return performance.now() - startedAt;
}
