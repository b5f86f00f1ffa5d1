import { pino } from 'pino';

export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

/** A logger, and the lines that it has written. */
export function capturedLog() {
  const lines: LogLine[] = [];
  const options = {
    level: 'trace',
    base: null,
    timestamp: false,
    formatters: { level: (level: string) => ({ level }) },
  };
  const log = pino(options, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}
