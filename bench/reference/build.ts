import { resolve } from 'node:path';
import { buildGoProgram } from '../../scripts/go-program.ts';

export const referencePath = resolve(import.meta.dirname, '../../.build/reference');

/**
 * Compiles the reference into `.build`, unless it is there and current.
 * @throws {Error} that says what to install when Go is missing
 */
export const buildReference = (): Promise<void> =>
  buildGoProgram({
    title: 'the reference',
    sources: import.meta.dirname,
    path: referencePath,
    linkerFlags: ['-s', '-w'],
    firstBuild: '2 minutes',
  });
