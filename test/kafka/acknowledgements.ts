/** What a broker has promised to keep. */
export interface Acknowledgement {
  value: string;
  partition: number;
  offset: number;
  /** When it came, in milliseconds since 1970. */
  timestamp: number;
}

/** What VerifiableProducer says when it ends. */
export interface Summary {
  acked: number;
}

/** A line of VerifiableProducer's output, if it tells of an acknowledgement or the end; it has others, and so has its logger. */
export function readLine(line: string): { acknowledgement: Acknowledgement } | { summary: Summary } | undefined {
  if (!line.startsWith('{')) return undefined;
  const said = JSON.parse(line);
  if (said.name === 'producer_send_success') {
    const { value, partition, offset, timestamp } = said;
    return { acknowledgement: { value, partition, offset, timestamp } };
  }
  return said.name === 'tool_data' ? { summary: { acked: said.acked } } : undefined;
}

/** How many messages each partition must hold for all of these to be there, by partition. */
export function messagesByPartition(acknowledged: readonly Acknowledgement[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { partition, offset } of acknowledged) {
    counts.set(partition, Math.max(counts.get(partition) ?? 0, offset + 1));
  }
  return counts;
}

export function lost(acknowledged: readonly Acknowledgement[], values: Iterable<string>): string[] {
  const found = new Set(values);
  return acknowledged.map(({ value }) => value).filter((value) => !found.has(value));
}

/** The longest time without an acknowledgement: what a client sees of an outage. */
export function longestPauseMs(acknowledged: readonly Acknowledgement[]): number {
  const times = acknowledged.map(({ timestamp }) => timestamp).sort((a, b) => a - b);
  return times.slice(1).reduce((longest, time, n) => Math.max(longest, time - (times[n] ?? time)), 0);
}
