import type { ReportLine } from '../agent/plan.ts';
import type { HistoryEntry } from '../proxy/fault-proxy.ts';

/** A claim of a run, as far as it matters here. */
interface Holder {
  /** Where its directory is. */
  directory: string;
  volume: string;
  /** When its user let go of it, in milliseconds since the epoch; undefined while it lives. */
  letGoAtMs: number | undefined;
}

/**
 * S1: directories that the daemon took back although their volume was registered and nobody had let go of it. To try is
 * enough: that a pod had written something by then was luck.
 */
export function takenBack(
  lines: readonly ReportLine[],
  history: readonly HistoryEntry[],
  holders: readonly Holder[],
): string[] {
  const removals = lines.filter(({ event, label, code }) => event === 'end' && label === 'rmdir' && isMeant(code));
  return removals.flatMap(({ path, atMs = 0 }) => {
    const holder = holders.find(({ directory }) => directory === path);
    if (holder === undefined || atMs > (holder.letGoAtMs ?? Number.POSITIVE_INFINITY)) return [];
    const registered = history.find(
      ({ request, upstream }) =>
        request.label === 'POST persistentvolumes' && request.name === holder.volume && upstream?.status === 201,
    );
    return registered !== undefined && registered.atMs < atMs
      ? [`${path} was to be removed while its volume stood for it`]
      : [];
  });
}

const isMeant = (code: string | undefined): boolean => code === undefined || code === 'ENOTEMPTY';
