import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';

const repository = join(import.meta.dirname, '../..');
const folder = join(repository, '.build/faults');

export interface Programs {
  /** The daemon as it is shipped. */
  bundle: string;
  /** What is loaded into its process (agent/agent.ts). */
  agent: string;
  /** Node's compile cache, which saves half of the daemon's start. */
  compileCache: string;
}

/** Builds the agent, and the daemon unless one is given. */
export async function buildPrograms(bundle?: string): Promise<Programs> {
  const agent = join(folder, 'agent.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'agent/agent.ts')],
    outfile: agent,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
  });
  if (bundle === undefined) execFileSync(process.execPath, ['scripts/build.ts'], { cwd: repository });
  return {
    agent,
    bundle: bundle ?? join(repository, 'dist/hostpath-provisioner.mjs'),
    compileCache: join(folder, 'compile-cache'),
  };
}
