/** What of V8's `.cpuprofile` is read here. Times are in microseconds. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
}

/**
 * Milliseconds by the part of the program that ran, without what it called: a folder of `src`, a package, Node's own modules,
 * or what V8 notes in parentheses: `(idle)` is waiting, `(program)` native code and system calls.
 */
export function selfTimeByPart({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const part = parts.get(id) ?? 'unknown';
    times.set(part, (times.get(part) ?? 0) + (timeDeltas[index] ?? 0) / 1_000);
  }
  return times;
}

function partOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string {
  if (functionName.startsWith('(') && url === '') return functionName;
  if (url === '') return 'built in to V8';
  if (url.startsWith('node:')) return 'Node';
  const [, packageName] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  const [, folder] = /.*\/(src\/[\w-]+)/.exec(url) ?? [];
  return packageName ?? folder ?? 'unknown';
}
