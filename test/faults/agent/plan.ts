import type { Fault } from '../fault.ts';

/** What the agent is told, as JSON in the environment variable FAULT_AGENT. */
export interface AgentPlan {
  /** File that the report is appended to. */
  report: string;
  /** Only what happens in these directories is counted. */
  bases: string[];
  /** Which start of the daemon in its run this is, from 1. */
  life: number;
  faults: Fault[];
}

/** One line of the agent's report. */
export interface ReportLine {
  life: number;
  kind: 'fs' | 'erase' | 'clone';
  /** Name of the call in `node:fs`; `create` is an open that makes or empties a file, `open` any other. Of an ioctl, its name. */
  label: string;
  nth: number;
  /** Where, with descriptors resolved. */
  path: string;
  /** New path of a rename or link, when it is in the base directory. */
  to?: string;
  event: 'begin' | 'end' | 'hit';
  /** Milliseconds since the epoch; absent in lines that tests make. */
  atMs?: number;
  /** Of an `end`: the errno when it failed. */
  code?: string;
  /** Of a `hit`. */
  harm?: string;
}
