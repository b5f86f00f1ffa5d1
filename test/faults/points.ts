import { type Fault, type Point, pointText } from './fault.ts';

const noSpace = ['ENOSPC', 'EIO', 'EROFS', 'EACCES'];

/** How a call of the file system may fail. Not ENOENT where that would say that what is to be removed is gone already. */
const errnos: Record<string, string[]> = {
  mkdir: [...noSpace, 'ENOENT'],
  create: [...noSpace, 'EMFILE', 'ENOENT'],
  open: ['EIO', 'EACCES', 'EMFILE'],
  link: noSpace,
  rename: noSpace,
  write: ['ENOSPC', 'EIO'],
  fsync: ['ENOSPC', 'EIO', 'slow'],
  fchmod: ['EIO', 'EROFS', 'EACCES'],
  fchown: ['EIO', 'EROFS', 'EACCES'],
  unlink: ['EIO', 'EROFS', 'EACCES'],
  rmdir: ['EIO', 'EROFS', 'EACCES'],
  SUBVOL_CREATE: ['ENOSPC', 'EIO'],
  QGROUP_CREATE: ['ENOSPC', 'EIO'],
  QGROUP_REMOVE: ['EIO'],
  QGROUP_LIMIT: ['ENOSPC', 'EIO'],
  QGROUP_ASSIGN: ['ENOSPC', 'EIO'],
  syncfs: ['ENOSPC', 'EIO'],
};

const notDelivered = ['drop', '401', '403', '429', '500', '503', 'hang'];
const ofRead = ['before', 'after', ...notDelivered, 'slow'];
const ofWrite = [...ofRead, 'loseAnswer', '409', '422'];
const ofWatchRequest = ['before', 'after', ...notDelivered, '410'];
const ofWatchEvent = ['cutWithinLine', 'stall', 'expire', 'bookmarkOnly', 'skipUntilNext', 'reorder'];

/** What may go wrong at a point: `before` and `after` are kills there. */
export function harmsAt({ kind, label }: Pick<Point, 'kind' | 'label'>): string[] {
  switch (kind) {
    case 'fs':
    case 'erase':
    case 'clone':
      return [...(label === 'open' ? [] : ['before', 'after']), ...(errnos[label] ?? [])];
    case 'api':
      return ofRequest(label);
    case 'watch':
      return ofWatchEvent;
    case 'sys':
      return ['before'];
    case 'start':
      return label === 'travel' ? ['travel'] : ['after'];
  }
}

function ofRequest(label: string): string[] {
  const [verb = '', resource] = label.split(' ');
  // Nothing rests on Events: what could be done to them is tried at the other writes.
  if (resource === 'events') return ['before', 'after', '403'];
  if (verb === 'WATCH') return ofWatchRequest;
  return verb === 'GET' || verb === 'LIST' ? ofRead : ofWrite;
}

/** Of a label with very many points, such as the unlinks of a large volume, not all are tried. */
const triedOfLabel = 100;
const triedBeyond = 500;

/** Every single fault at these points. */
function faultsAt(points: readonly Point[]): Fault[] {
  const tried = points.filter(({ nth }) => nth <= triedOfLabel || nth % triedBeyond === 0);
  return tried.flatMap((point) => harmsAt(point).map((harm) => ({ ...point, harm })));
}

/** Kills before each point alone: right after one is right before the next. */
export function killsAt(points: readonly Point[]): Fault[] {
  return faultsAt(points).filter(({ harm }) => harm === 'before');
}

/** All but those: the daemon lives on, or dies right after. */
export function harmsAtPoints(points: readonly Point[]): Fault[] {
  return faultsAt(points).filter(({ harm }) => harm !== 'before');
}

/** Those that are not among the points of another run. */
export function beyond(points: readonly Point[], others: readonly Point[]): Point[] {
  const known = new Set(others.map(pointText));
  return points.filter((point) => !known.has(pointText(point)));
}
