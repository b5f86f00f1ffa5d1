import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../world/world.ts';
import type { Subject } from './places.ts';

interface FoundRecord {
  reclaimPolicy: 'Delete' | 'Retain';
  trashedAt?: string;
}

/** What a base directory holds of one volume. */
export interface Disk {
  ownDirectory: boolean;
  label: boolean;
  temporaryFile: boolean;
  record: FoundRecord | undefined;
  /** Permission bits. */
  directoryMode: number | undefined;
  /** Names in the volume's place in the trash; undefined when there is none. */
  trash: string[] | undefined;
}

export function readDisk({ base, volume }: Subject): Disk {
  const state = join(base, '.hostpath-provisioner');
  const own = namesIn(state);
  const directory = lstatSync(join(base, volume), { throwIfNoEntry: false });
  const record = `${volume}.json`;
  return {
    ownDirectory: namesIn(base).includes('.hostpath-provisioner'),
    label: own.includes('base.json'),
    temporaryFile: own.some((name) => name.endsWith('.tmp')),
    record: namesIn(join(state, 'volumes')).includes(record)
      ? JSON.parse(readFileSync(join(state, 'volumes', record), 'utf8'))
      : undefined,
    directoryMode: directory && directory.mode & 0o7777,
    trash: namesIn(join(state, 'trash')).includes(volume) ? namesIn(join(state, 'trash', volume)) : undefined,
  };
}

/** What a directory is handed out with, unless its class says otherwise. */
const usualMode = 0o777;

export function diskText(disk: Disk): string {
  const parts = [
    !disk.ownDirectory && 'nothing of ours',
    disk.ownDirectory && !disk.label && 'our own directory without label',
    disk.temporaryFile && 'temporary file',
    disk.record && recordText(disk.record),
    disk.directoryMode !== undefined && directoryText(disk.directoryMode),
  ];
  const inPlace = parts.filter(Boolean).join(', ');
  const inTrash = disk.trash && trashText(disk.trash);
  return [inPlace, inTrash].filter(Boolean).join('; ') || 'nothing';
}

function recordText({ reclaimPolicy, trashedAt }: FoundRecord): string {
  if (reclaimPolicy === 'Retain') return 'record that says Retain';
  return trashedAt === undefined ? 'record' : 'record with time';
}

const directoryText = (mode: number): string =>
  mode === usualMode ? 'directory' : `directory (${mode.toString(8).padStart(4, '0')})`;

function trashText(names: string[]): string {
  const words: [string, string][] = [
    ['directory', 'directory'],
    ['erasing', '`erasing`'],
    ['record.json', 'record'],
  ];
  const found = words.filter(([name]) => names.includes(name)).map(([, text]) => text);
  return `in the trash: ${found.join(' and ') || 'an empty place'}`;
}
