import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Config } from '../config/config.ts';

export type { Logger } from 'pino';

/**
 * A logger whose lines are written out at the end of the turn of the event loop in which they were said, and before the
 * process exits: a burst of claims then takes a system call for a turn's lines together, not one for each.
 */
export async function createLogger({ logLevel, logFormat, nodeName }: Config): Promise<Logger> {
  const options = {
    level: logLevel,
    base: { node: nodeName },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (logFormat === 'json')
    return pino(options, perTurn(destination({ fd: 1, sync: true, minLength: longestTurnBytes })));
  const { default: pretty } = await import('pino-pretty'); // loaded only by those who ask for it
  return pino(options, pretty({ destination: 1, sync: true, ignore: 'node' }));
}

/** A turn that says more is written out in parts, in bytes. The largest that pino's destination takes. */
const longestTurnBytes = 16 * 1_024 - 1;

function perTurn(output: ReturnType<typeof destination>): DestinationStream {
  let waiting = false;
  const flush = () => {
    waiting = false;
    output.flush(); // not flushSync, which would have a file fsynced each time
  };
  process.on('exit', () => output.flushSync());
  return {
    write(line) {
      output.write(line);
      if (waiting) return;
      waiting = true;
      setImmediate(flush);
    },
  };
}
