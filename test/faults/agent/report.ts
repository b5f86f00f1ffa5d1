import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import type { ReportLine } from './plan.ts';

/**
 * What the agents of all lives of a run have reported, one life after another. Agents append to the file by plain writes,
 * so what a killed daemon had said is there.
 */
export class AgentReport {
  readonly path: string;
  readonly #lines: ReportLine[] = [];
  readonly #hits: ReportLine[] = [];
  #changes = 0;
  #offset = 0;
  #rest = '';
  readonly #decoder = new TextDecoder();

  constructor(path: string) {
    this.path = path;
  }

  /** All lines so far. */
  lines(): readonly ReportLine[] {
    if (!existsSync(this.path)) return this.#lines;
    const file = openSync(this.path, 'r');
    try {
      const chunk = Buffer.alloc(64 * 1024);
      for (let size = readSync(file, chunk, 0, chunk.length, this.#offset); size > 0; ) {
        this.#offset += size;
        this.#take(this.#decoder.decode(chunk.subarray(0, size), { stream: true }));
        size = readSync(file, chunk, 0, chunk.length, this.#offset);
      }
    } finally {
      closeSync(file);
    }
    return this.#lines;
  }

  /** How many calls have been begun that change something. */
  get changes(): number {
    this.lines();
    return this.#changes;
  }

  /** The lines that tell of a fault. */
  hits(): readonly ReportLine[] {
    this.lines();
    return this.#hits;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const json of lines) {
      const line: ReportLine = JSON.parse(json);
      this.#lines.push(line);
      if (line.event === 'hit') this.#hits.push(line);
      if (line.event === 'begin' && !changesNothing(line)) this.#changes += 1;
    }
  }
}

/** Calls that change nothing and so are neither a point for a kill nor a sign of unrest. */
export const changesNothing = ({ label }: Pick<ReportLine, 'label'>): boolean => label === 'open';
