import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cluster } from '../../support/cluster.ts';
import type { WorldNeeds } from './world.ts';

/** A base directory of the daemon, under the name that classes know. */
export interface Pool {
  name: 'one' | 'two';
  path: string;
}

/** The base directories of a world. What holds a second one can go away and come back, as a disk that is unplugged. */
export class Pools {
  readonly all: readonly Pool[];

  constructor({ base, folder }: Cluster, { secondPool }: WorldNeeds) {
    this.all = [
      { name: 'one', path: base },
      ...(secondPool ? [{ name: 'two' as const, path: join(folder, 'second') }] : []),
    ];
    for (const { path } of this.all) mkdirSync(path, { recursive: true });
  }

  pathOf(name: Pool['name']): string {
    const found = this.all.find((pool) => pool.name === name);
    if (found === undefined) throw new Error(`this world has no pool ${name}`);
    return found.path;
  }

  takeAway(name: Pool['name']): void {
    const path = this.pathOf(name);
    renameSync(path, awayOf(path));
  }

  bringBack(name: Pool['name']): void {
    const path = this.pathOf(name);
    if (existsSync(awayOf(path))) renameSync(awayOf(path), path);
  }

  bringBackAll(): void {
    for (const { name } of this.all) this.bringBack(name);
  }

  /** Whether the directory of a volume is out of everybody's reach. */
  isAway(directory: string): boolean {
    return existsSync(awayOf(dirname(directory)));
  }

  /** The directory of a volume: where it is, or where it would be in the first pool. */
  directoryOf(volume: string): string {
    const places = this.all.map(({ path }) => join(path, volume));
    return places.find((path) => existsSync(path)) ?? places[0] ?? '';
  }
}

const awayOf = (path: string): string => `${path}-away`;
