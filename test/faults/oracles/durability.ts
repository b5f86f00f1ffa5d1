import type { ReportLine } from '../agent/plan.ts';

/**
 * S2, from what the agents saw: what is missing for the directory at `path` to outlive a power failure, when its volume is
 * registered after the last of these calls. A call that was begun in a life that died counts as done where that is the worse.
 */
export function missingForDurability(
  lines: readonly ReportLine[],
  { path, base, recordPath }: { path: string; base: string; recordPath: string },
): string[] {
  const done = succeeded(lines);
  const made = done.findLastIndex(({ label, path: at }) => makesDirectory.has(label) && at === path);
  const problems: string[] = [];
  if (made < 0) return missingForClone(done, { path, base, recordPath });
  const changed = done.findLastIndex((line) => line.path === path && changesDirectory.has(line.label));
  const journal = folderOf(recordPath);
  const isSynced = (after: number, at: string) => syncedAfter(done, after, at) || allSyncedAfter(done, after, journal);
  if (!isSynced(changed, path)) problems.push(`${path} has no fsync after its last change`);
  if (!isSynced(made, base)) problems.push(`${base} has no fsync after the directory was made in it`);
  return [...problems, ...missingForRecord(done, made, recordPath)];
}

/** The same for a copy, which is made elsewhere and gets its place by one rename. */
function missingForClone(
  done: readonly ReportLine[],
  { path, base, recordPath }: { path: string; base: string; recordPath: string },
): string[] {
  const placed = done.findLastIndex(({ label, to }) => label === 'rename' && to === path);
  if (placed < 0) return [`nobody made ${path}`];
  const copied = done.slice(0, placed).findLastIndex(({ kind, label }) => kind === 'clone' && label !== 'syncfs');
  const isSynced = done.slice(copied + 1, placed).some(({ kind, label }) => kind === 'clone' && label === 'syncfs');
  const problems = isSynced ? [] : [`${path} was put in place before its content was durable`];
  if (!syncedAfter(done, placed, base)) problems.push(`${base} has no fsync after ${path} was put in place`);
  return [...problems, ...missingForRecord(done, placed, recordPath)];
}

/** S5: what is missing for a directory that was moved to the trash to stay there after a power failure. */
export function missingForRemoval(
  lines: readonly ReportLine[],
  { path, base }: { path: string; base: string },
): string[] {
  const done = succeeded(lines);
  const moved = done.findLastIndex(
    ({ label, path: from, to }) => label === 'rename' && from === path && to !== undefined,
  );
  if (moved < 0) return []; // somebody else removed it
  const trash = done[moved]?.to?.replace(/\/[^/]*$/, '') ?? '';
  const journal = `${base}/.hostpath-provisioner/volumes`;
  if (allSyncedAfter(done, moved, journal)) return [];
  const unsynced = [base, trash].filter((folder) => !syncedAfter(done, moved, folder));
  return unsynced.map((folder) => `${folder} has no fsync after the directory was moved to the trash`);
}

/**
 * S4: calls that removed something in a volume by its path, where a tenant may have swapped a directory on the way. The thread
 * that erases goes by descriptors, and erases a volume in its place where a full disk has no room to move it.
 */
export function removalsInPlace(lines: readonly ReportLine[], base: string): string[] {
  const begun = lines.filter(
    ({ event, kind, label, path }) =>
      event === 'begin' && kind === 'fs' && removes.has(label) && path.startsWith(`${base}/`),
  );
  return begun.flatMap(({ label, path }) => {
    const [first, ...below] = path.slice(base.length + 1).split('/');
    const inVolume = first !== '.hostpath-provisioner' && (below.length > 0 || label === 'rm');
    return inVolume ? [`${label} ${path}`] : [];
  });
}

const removes = new Set(['rm', 'unlink', 'rmdir']);

const makesDirectory = new Set(['mkdir', 'SUBVOL_CREATE']);

const changesDirectory = new Set([...makesDirectory, 'fchmod', 'chmod', 'fchown', 'chown']);

function missingForRecord(done: readonly ReportLine[], made: number, recordPath: string): string[] {
  const before = done.slice(0, made);
  const placed = before.findLastIndex(({ to }) => to === recordPath);
  const temporary = before[placed]?.path;
  if (temporary === undefined) return [`${recordPath} was not in place before the directory`];
  const problems: string[] = [];
  if (!syncedAfter(before.slice(0, placed), -1, temporary)) problems.push(`${recordPath} was put in place unsynced`);
  const folder = folderOf(recordPath);
  if (!syncedAfter(done, placed, folder)) problems.push(`${folder} has no fsync after the record was put in place`);
  return problems;
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Where the file system keeps the order of changes, a change of the journal and its fsync make all durable that came before. */
function allSyncedAfter(done: readonly ReportLine[], index: number, journal: string): boolean {
  const changed = done.findIndex(({ label, path }, at) => at > index && label === 'fchmod' && path === journal);
  return changed >= 0 && syncedAfter(done, changed, journal);
}

function syncedAfter(done: readonly ReportLine[], index: number, path: string): boolean {
  return done.slice(index + 1).some((line) => line.label === 'fsync' && line.path === path);
}

/**
 * Calls that took effect, in order; a change whose end was never told may have taken effect as well. An fsync counts from
 * its beginning: what was changed while it ran may have been missed.
 */
function succeeded(lines: readonly ReportLine[]): ReportLine[] {
  const ends = new Map(lines.filter(({ event }) => event === 'end').map((line) => [keyOf(line), line]));
  return lines.filter((line) => {
    const end = ends.get(keyOf(line));
    if (line.label === 'fsync') return line.event === 'begin' && end !== undefined && end.code === undefined;
    if (line.event === 'end') return line.code === undefined;
    return line.event === 'begin' && end === undefined;
  });
}

const keyOf = ({ life, kind, label, nth }: ReportLine): string => `${life} ${kind} ${label} ${nth}`;
