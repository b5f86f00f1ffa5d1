import { describe } from 'vitest';

/**
 * `describe` for a suite that needs more than npm: where something keeps it from running, its tests are skipped, and its
 * obstacles told. In CI nothing may be skipped.
 * @throws {Error} in CI when there are obstacles
 */
export function describeUnless(suite: string, obstacles: readonly string[]) {
  if (obstacles.length > 0) {
    const message = `the ${suite} suite cannot run: ${[...new Set(obstacles)].join('; ')}`;
    if (process.env.CI) throw new Error(message);
    console.warn(`${message}; its tests are skipped`);
  }
  return describe.skipIf(obstacles.length > 0);
}

export function withoutLinuxAndRoot(): string[] {
  return [
    ...(process.platform === 'linux' ? [] : ['it needs Linux']),
    ...(process.getuid?.() === 0 ? [] : ['it needs root']),
  ];
}
