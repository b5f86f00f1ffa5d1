import { type BuildOptions, build, type Plugin } from 'esbuild';
import { lean } from './lean.ts';

const shared: BuildOptions = { bundle: true, platform: 'node', target: 'node22', minify: true, legalComments: 'none' };

/** Bundles the daemon into one file that needs nothing but Node. */
export async function bundleDaemon({ outfile, plugins = [] }: { outfile: string; plugins?: Plugin[] }): Promise<void> {
  await build({
    ...shared,
    plugins: [...plugins, lean],
    entryPoints: ['src/main.ts'],
    format: 'esm',
    outfile,
    define: { ERASE_WORKER_SOURCE: JSON.stringify(await bundleEraseWorker(plugins)) },
    // Some dependencies are CommonJS and call require for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}

/** The eraser's thread is started from source text, so that the bundle stays one file. */
async function bundleEraseWorker(plugins: Plugin[]): Promise<string> {
  const entryPoints = ['src/disk/trash/erase-worker.ts'];
  const result = await build({ ...shared, plugins, entryPoints, format: 'cjs', write: false });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('esbuild wrote no erase worker');
  return file.text;
}
