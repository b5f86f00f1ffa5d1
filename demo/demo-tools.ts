import type { Cleanup } from './cleanup.ts';
import type { Report } from './report.ts';

export interface DemoTools {
  report: Report;
  cleanup: Cleanup;
  /** Aborted by Ctrl-C: nothing new is begun then. */
  signal: AbortSignal;
}
