import type { HistoryEntry } from '../proxy/fault-proxy.ts';
import type { Violations } from './violation.ts';

/**
 * What the API server answered in a whole run, whatever the daemon was told of it: S3, at most one volume is ever made for a
 * claim; S6, the shipped roles allow everything that the daemon asks for; L5, nothing is tried again before the time that
 * the API server asked for.
 * @param shownThePast whether lists were answered from the past: a claim that is gone may then get its volume once more, under
 *   the same name and as short-lived as the first time. No API server does that, for we ask for no old lists.
 */
export function judgeHistory(
  history: readonly HistoryEntry[],
  violations: Violations,
  { shownThePast }: { shownThePast: boolean },
): void {
  judgePatience(history, violations);
  const made = new Map<string, string[]>();
  for (const { request, upstream } of history) {
    if (upstream?.status === 403) {
      violations.add('S6', request.label, `the shipped roles do not allow it: ${JSON.stringify(upstream.body)}`);
    }
    if (request.label !== 'POST persistentvolumes' || upstream?.status !== 201) continue;
    const { uid } = request.body.spec.claimRef;
    made.set(uid, [...(made.get(uid) ?? []), request.name ?? '']);
  }
  for (const [uid, volumes] of made) {
    const count = shownThePast ? new Set(volumes).size : volumes.length;
    if (count > 1) violations.add('S3', `claim ${uid}`, `${volumes.length} volumes were made: ${volumes}`);
  }
}

/** A daemon that was started anew knows nothing of what its last life was asked for: it lists its node first. */
function judgePatience(history: readonly HistoryEntry[], violations: Violations): void {
  const notBefore = new Map<string, number>();
  for (const { request, atMs, answered } of history) {
    const { label, kind, name, resource } = request;
    if (label === 'LIST nodes') notBefore.clear();
    if (kind !== 'write' || resource === 'events') continue;
    const what = `${label} ${name}`;
    const earlyMs = (notBefore.get(what) ?? 0) - atMs;
    if (earlyMs > 0) violations.add('L5', what, `tried again ${earlyMs} ms before the API server wanted it`);
    const asked = typeof answered === 'object' ? answered.body?.details?.retryAfterSeconds : undefined;
    if (asked !== undefined) notBefore.set(what, atMs + asked * 1_000);
  }
}
