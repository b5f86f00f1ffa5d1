/** Bundles the daemon into one file, dist/hostpath-provisioner.mjs, that needs nothing but Node. */
import { type BuildOptions, build } from 'esbuild';

const shared: BuildOptions = { bundle: true, platform: 'node', target: 'node22', minify: true, legalComments: 'none' };

/** The eraser's thread is started from source text, so that the bundle stays one file. */
async function bundleEraseWorker(): Promise<string> {
  const result = await build({ ...shared, entryPoints: ['src/storage/erase-worker.ts'], format: 'cjs', write: false });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('esbuild wrote no erase worker');
  return file.text;
}

await build({
  ...shared,
  entryPoints: ['src/main.ts'],
  format: 'esm',
  outfile: 'dist/hostpath-provisioner.mjs',
  define: { ERASE_WORKER_SOURCE: JSON.stringify(await bundleEraseWorker()) },
  // Some dependencies are CommonJS and call require for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
