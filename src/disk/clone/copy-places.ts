import { closeSync } from 'node:fs';
import { type OpenBase, openDirectory, statOf } from '../base/open-base.ts';
import { allEnded, calls, makeUnlessThere } from '../calls.ts';
import { taken } from '../directory/volume-directory.ts';
import { readRecord, syncJournal } from '../journal/journal.ts';
import { clonePath, clonesName, erasingName, erasingPath, trashPath } from '../layout.ts';
import type { DirectoryOptions } from '../port.ts';

/** The ways of a copy: from where it grew to its place, or into the trash. */

/** Gives a whole copy the volume's name, and an owner where the class has one. */
export async function place(base: OpenBase, volume: string, { mode, owner }: DirectoryOptions): Promise<void> {
  if (statOf(base.volume(volume)) !== undefined) throw taken(base.shown(volume), 'exists at the place of the copy');
  const descriptor = openDirectory(base.state(clonePath(volume)));
  if (descriptor === undefined) throw taken(base.shownState(clonePath(volume)), 'is not a directory');
  try {
    if (owner !== undefined) {
      await calls.fchmod(descriptor, mode);
      await calls.fchown(descriptor, owner.uid, owner.gid);
      await calls.fsync(descriptor);
    }
    await calls.rename(base.state(clonePath(volume)), base.volume(volume));
  } finally {
    closeSync(descriptor);
  }
  await syncPlacing(base);
}

/** The path begins at a descriptor, as that of every move into the trash: a link in its place would lead elsewhere. */
export async function moveUnfinished(base: OpenBase, volume: string): Promise<void> {
  await makeUnlessThere(base.state(trashPath(volume)));
  const trash = openDirectory(base.state(trashPath(volume)));
  if (trash === undefined) throw taken(base.shownState(trashPath(volume)), 'is not a directory');
  try {
    await calls.rename(base.state(clonePath(volume)), `/proc/self/fd/${trash}/${erasingName}`);
  } finally {
    closeSync(trash);
  }
}

/** Whether a crash came between the moves of an unfinished copy and its record. */
export async function isDiscarded(base: OpenBase, volume: string): Promise<boolean> {
  if (!statOf(base.state(trashPath(volume)))?.isDirectory()) return false;
  if (statOf(base.state(erasingPath(volume))) === undefined || statOf(base.volume(volume)) !== undefined) return false;
  return (await readRecord(base, volume))?.source !== undefined;
}

export async function syncPlacing(base: OpenBase): Promise<void> {
  await allEnded([base.syncVolumes(), base.syncState(clonesName), syncJournal(base)]);
}
