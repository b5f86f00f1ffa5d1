/**
 * `node scripts/check.ts PROJECT...`: types, lint and these projects of tests, all at the same time. Shows the tests as they go, and
 * of types and lint what is wrong. Exits with 1 if anything failed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const projects = process.argv.slice(2);

async function quietly(command: string, ...args: string[]): Promise<boolean> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], ...output] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  if (code !== 0) console.log(`${[command, ...args].join(' ')} failed:\n${output.join('')}`);
  return code === 0;
}

async function shown(command: string, ...args: string[]): Promise<boolean> {
  const [code] = await once(spawn(command, args, { stdio: 'inherit' }), 'close');
  return code === 0;
}

const results = await Promise.all([
  shown('vitest', 'run', ...projects.map((project) => `--project=${project}`)),
  quietly('tsc', '--noEmit'),
  quietly('tsc', '--noEmit', '-p', 'src/plugin/page/browser'),
  quietly('biome', 'ci', '.'),
]);
process.exit(results.every(Boolean) ? 0 : 1);
