/** How often each of many things has happened, by name. */
export type Counts = Record<string, number>;

/** What was added between two counts. */
export function countsSince(before: Counts, now: Counts): Counts {
  const added = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(added.filter(([, count]) => count !== 0));
}
