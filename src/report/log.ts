import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Config } from '../config/config.ts';

export type { Logger } from 'pino';

/** A logger that writes the lines of one turn of the event loop with one system call, and before the process exits. */
export async function createLogger({ logLevel, logFormat, nodeName }: Config): Promise<Logger> {
  const options = {
    level: logLevel,
    base: { node: nodeName },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (logFormat === 'json')
    return pino(options, perTurn(destination({ fd: 1, sync: true, minLength: longestTurnBytes })));
  const { default: pretty } = await import('pino-pretty'); // loaded only when it is used
  return pino(options, pretty({ destination: 1, sync: true, ignore: 'node' }));
}

/** A longer turn is written in parts. It is the largest value that pino's destination accepts. */
const longestTurnBytes = 16 * 1_024 - 1;

/** A log that nobody can read any more ends the process: a daemon must not work unseen. */
function perTurn(output: ReturnType<typeof destination>): DestinationStream {
  let waiting = false;
  let isBroken = false;
  let isExiting = false;
  output.on('error', (error) => {
    const isNew = !isBroken;
    isBroken = true;
    if (isNew && !isExiting) throw error;
  });
  const flush = () => {
    waiting = false;
    output.flush(); // not flushSync, which would fsync a file each time
  };
  process.on('exit', () => {
    isExiting = true;
    output.flush();
    if (!isBroken) output.flushSync(); // which tries for ever if the reader is gone
  });
  return {
    write(line) {
      output.write(line);
      if (waiting) return;
      waiting = true;
      setImmediate(flush);
    },
  };
}
