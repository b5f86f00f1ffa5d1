import { execFileSync } from 'node:child_process';
import { closeSync, linkSync, mkdirSync, mkdtempSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cloner } from '../../src/disk/clone/cloner.ts';
import { newProgress } from '../../src/disk/clone/progress-memory.ts';
import type { Figures, Findings, Target } from '../report/figures.ts';
import type { Scenario } from './scenario.ts';

/** How a file system is made, and how `cp` copies on it at its best. */
const fileSystems = {
  xfs: { make: ['mkfs.xfs', '-q'], reflink: '--reflink=always' },
  btrfs: { make: ['mkfs.btrfs', '-q'], reflink: '--reflink=always' },
  ext4: { make: ['mkfs.ext4', '-q'], reflink: '--reflink=auto' },
} as const;

type Kind = keyof typeof fileSystems;

const kinds = Object.keys(fileSystems) as Kind[];

const target: Target = { atMost: 1.3, judged: 'median' };

const figures: Figures = Object.fromEntries(
  kinds.flatMap((kind) => [
    [`clone ${kind}`, { text: `clone on ${kind}, 5,000 files and a large one`, unit: 'ms' }],
    [`clone ${kind} / cp`, { text: `clone on ${kind}, share of cp -a and sync -f`, unit: 'x', target }],
  ]),
);

/** Copies a volume of 5,000 files of 16 KiB, one of 256 MiB and a hole of 1 GiB, beside `cp`, each until it is durable. */
export const clone: Scenario = {
  figures,
  async run({ number }): Promise<Findings> {
    if (process.getuid?.() !== 0) throw new Error('clone mounts file systems: run it as root');
    const found: Findings = { figures: {}, samples: {} };
    for (const kind of kinds) {
      const { ours, cp } = await onDisk(kind, (place) => measure(place, kind, number % 2 === 0));
      found.figures[`clone ${kind}`] = ours;
      found.figures[`clone ${kind} / cp`] = ours / cp;
      found.samples[`clone ${kind}, ms: ours, cp`] = [ours, cp];
    }
    return found;
  },
};

async function onDisk<Result>(kind: Kind, operation: (place: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-clone-'));
  const [image, place] = [join(folder, 'image'), join(folder, 'mounted')] as const;
  const [program, ...options] = fileSystems[kind].make;
  mkdirSync(place);
  writeFileSync(image, '');
  truncateSync(image, 4 * 1024 ** 3);
  execFileSync(program, [...options, image]);
  execFileSync('mount', ['-o', 'loop', image, place]);
  try {
    return await operation(place);
  } finally {
    execFileSync('umount', [place]);
    execFileSync('rm', ['-r', folder]);
  }
}

/** The thread runs already, as after another copy. @returns milliseconds */
async function measure(place: string, kind: Kind, cpFirst: boolean): Promise<{ ours: number; cp: number }> {
  const source = fill(join(place, 'source'));
  const warmUp = fill(join(place, 'few'), 1, 1);
  const cloner = new Cloner();
  try {
    await copy(cloner, warmUp, join(place, 'few-copied'));
    const byCp = () => {
      const startedAt = performance.now();
      execFileSync('cp', ['-a', fileSystems[kind].reflink, source, join(place, 'by-cp')]);
      execFileSync('sync', ['-f', place]);
      return performance.now() - startedAt;
    };
    const before = cpFirst ? byCp() : undefined;
    const ours = await copy(cloner, source, join(place, 'copied'));
    return { ours, cp: before ?? byCp() };
  } finally {
    await cloner.close();
  }
}

async function copy(cloner: Cloner, shownSource: string, to: string): Promise<number> {
  mkdirSync(to);
  const [source, target] = [openSync(shownSource, 'r'), openSync(to, 'r')];
  const startedAt = performance.now();
  const end = await cloner.clone({
    source,
    shownSource,
    target,
    parent: target,
    volume: 'copied',
    limit: undefined,
    mayShare: true,
    progress: newProgress(),
  });
  const tookMs = performance.now() - startedAt;
  for (const descriptor of [source, target]) closeSync(descriptor);
  if (end.result !== 'copied') throw new Error(`the copy ended: ${JSON.stringify(end)}`);
  return tookMs;
}

function fill(path: string, files = 5_000, mebibytes = 256): string {
  for (let index = 0; index < files; index++) {
    const folder = join(path, String(Math.floor(index / 100)));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, String(index)), Buffer.alloc(16 * 1024, index));
  }
  const part = Buffer.alloc(1024 ** 2, 'messages');
  for (let index = 0; index < mebibytes; index++) writeFileSync(join(path, 'large'), part, { flag: 'a' });
  linkSync(join(path, 'large'), join(path, 'large-too'));
  writeFileSync(join(path, 'hole'), '');
  truncateSync(join(path, 'hole'), 1024 ** 3);
  execFileSync('sync', ['-f', path]);
  return path;
}
