import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import type { Attack, FromTenant, ToTenant } from './tenant-process.ts';

/**
 * The program of a hostile tenant (tenant-process.ts starts it): what a process that was left behind in a volume can do. It
 * holds a descriptor of every directory in the volume, and works through these wherever the directories are moved.
 */

interface Held {
  descriptor: number;
  directories: string[];
}

/** More entries are not made in one attack, so that a slow test does not fill the disk. */
const mostMade = 20_000;

/** One turn of an attack, which is done again and again; it says how much of it succeeded. */
type Turn = () => number;

const attacks: Record<Attack, (path: string, decoy: string) => { turn: Turn; descriptors: () => number[] }> = {
  'swap-directories': (path, decoy) => {
    const held = hold(path);
    const paths = held.flatMap(({ descriptor, directories }) => directories.map((name) => at(descriptor, name)));
    return { turn: inTurns(paths, decoy), descriptors: () => held.map(({ descriptor }) => descriptor) };
  },
  fill: (path) => {
    const held = hold(path);
    let made = 0;
    const makeIn = (descriptor: number) => {
      if (made > mostMade) throw new Error('enough');
      writeFileSync(at(descriptor, `file-${made++}`), '');
      mkdirSync(at(descriptor, `directory-${made++}`));
    };
    const turn = () => held.filter(({ descriptor }) => succeeds(() => makeIn(descriptor))).length;
    return { turn, descriptors: () => held.map(({ descriptor }) => descriptor) };
  },
  nest: (path) => {
    const nest = new Nest(path);
    return { turn: () => (nest.grow() ? 1 : 0), descriptors: () => nest.descriptors };
  },
  'swap-path': (path, decoy) => ({ turn: inTurns([path], decoy), descriptors: () => [] }),
};

/** Directories in one another: always some ahead of who erases them, never more than `mostMade` at once. */
class Nest {
  /** A directory in so many is held. */
  readonly #step = 500;
  /** Those that are held, the outermost first. As long as that one is there, there is no room for more. */
  readonly descriptors: number[];

  constructor(path: string) {
    this.descriptors = [openSync(path, constants.O_DIRECTORY)];
    while (this.grow());
  }

  /** @returns whether it grew */
  grow(): boolean {
    const [outermost = -1] = this.descriptors;
    if (this.descriptors.length >= mostMade / this.#step) {
      if (fstatSync(outermost).nlink > 0) return false;
      closeSync(outermost);
      this.descriptors.shift();
    }
    return succeeds(() => this.#makeStep());
  }

  #makeStep(): void {
    const [innermost = -1] = this.descriptors.slice(-1);
    let last = innermost;
    try {
      for (let level = 0; level < this.#step; level++) {
        mkdirSync(at(last, 'd'));
        const next = openSync(at(last, 'd'), constants.O_DIRECTORY);
        if (last !== innermost) closeSync(last);
        last = next;
      }
    } finally {
      if (last !== innermost) this.descriptors.push(last);
    }
  }
}

const at = (descriptor: number, name: string): string => `/proc/self/fd/${descriptor}/${name}`;

function hold(path: string): Held[] {
  const descriptor = openSync(path, constants.O_DIRECTORY);
  const entries = readdirSync(path, { withFileTypes: true });
  const directories = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return [{ descriptor, directories }, ...directories.flatMap((name) => hold(`${path}/${name}`))];
}

/** In one turn links to the decoy take the places of all directories, in the next the directories are back. */
function inTurns(paths: string[], decoy: string): Turn {
  let swapped = false;
  return () => {
    const swap = swapped ? swapBack : (path: string) => swapForLink(path, decoy);
    swapped = !swapped;
    return paths.filter((path) => succeeds(() => swap(path))).length;
  };
}

function swapForLink(path: string, decoy: string): void {
  renameSync(path, `${path}-away`);
  symlinkSync(decoy, path);
}

function swapBack(path: string): void {
  succeeds(() => unlinkSync(path));
  renameSync(`${path}-away`, path);
}

/** What the tenant attacks may be gone, or locked for a moment: then it tries the next thing. */
function succeeds(deed: () => void): boolean {
  try {
    deed();
    return true;
  } catch {
    return false;
  }
}

/** The machine's clock, which all processes share, in microseconds. */
const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

let stop: (() => void) | undefined;

function begin(attack: Attack, path: string, decoy: string): void {
  const { turn, descriptors } = attacks[attack](path, decoy);
  const hitsAtUs: number[] = [];
  let going = true;
  let turns = 0;
  const goOn = () => {
    if (!going) return;
    const hits = turn();
    if (hits > 0) hitsAtUs.push(nowUs());
    if (turns++ === 0) tell({ kind: 'begun' });
    setImmediate(goOn);
  };
  stop = () => {
    going = false;
    for (const descriptor of descriptors()) closeSync(descriptor);
    tell({ kind: 'stopped', hitsAtUs });
  };
  goOn();
}

const tell = (message: FromTenant): boolean | undefined => process.send?.(message);

process.on('message', (message: ToTenant) => {
  if (message.kind === 'stop') stop?.();
  else begin(message.attack, message.path, message.decoy);
});
process.on('disconnect', () => process.exit());
