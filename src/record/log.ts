import { destination, type Logger, pino } from 'pino';
import type { Config } from '../config.ts';

export type { Logger } from 'pino';

/** A logger that writes before it returns: what was said is not lost when the process dies at the next instruction. */
export async function createLogger({ logLevel, logFormat, nodeName }: Config): Promise<Logger> {
  const options = {
    level: logLevel,
    base: { node: nodeName },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (logFormat === 'json') return pino(options, destination({ fd: 1, sync: true }));
  const { default: pretty } = await import('pino-pretty'); // loaded only by those who ask for it
  return pino(options, pretty({ destination: 1, sync: true, ignore: 'node' }));
}
