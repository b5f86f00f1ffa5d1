import type { World } from '../world/world.ts';

/** The whole of a run in lines for people: the daemon's log, its requests, its calls; each in order, times where known. */
export function traceOf({ lives, lane, users }: World): string[] {
  const claims = users.flatMap((user) => user.claims.map(({ label, uid }) => `${user.name}/${label} is ${uid}`));
  const log = lives.log.map((line) => JSON.stringify(line));
  const requests = lane.proxy.history.map(({ request, atMs, upstream, answered }) => {
    const told = answered === 'dropped' ? 'dropped' : answered?.status;
    const time = new Date(atMs).toISOString();
    return `${time} ${request.label} ${request.name ?? ''}: API server ${upstream?.status}, daemon was told ${told}`;
  });
  const calls = lives.report
    .lines()
    .map(({ life, event, kind, label, nth, path, to, code, harm }) =>
      [`${life}/${kind}:${label}#${nth}`, event, harm, path, to && `-> ${to}`, code].filter(Boolean).join(' '),
    );
  const part = (title: string, lines: string[]) => [`--- ${title}`, ...lines];
  return [...part('claims', claims), ...part('log', log), ...part('requests', requests), ...part('calls', calls)];
}
