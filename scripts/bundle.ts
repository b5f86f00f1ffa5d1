import { chmodSync, copyFileSync, existsSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { readAssets } from '../src/plugin/page/assets.ts';
import { lean } from './lean.ts';

const shared: BuildOptions = { bundle: true, platform: 'node', target: 'node22', minify: true, legalComments: 'none' };

/** What the bundle looks for beside it; see src/disk/native/koffi.ts. */
const koffiName = 'koffi.node';

/**
 * Bundles the daemon into one file that needs nothing but Node. Puts koffi for this machine beside it, if npm has installed one:
 * limits and copies of volumes need it.
 */
export async function bundleDaemon({ outfile, plugins = [] }: { outfile: string; plugins?: Plugin[] }): Promise<void> {
  await build({
    ...shared,
    plugins: [...plugins, lean],
    entryPoints: ['src/main.ts'],
    format: 'esm',
    outfile,
    define: {
      ERASE_WORKER_SOURCE: JSON.stringify(await bundleWorker('src/disk/trash/erase-worker.ts', plugins)),
      USAGE_WORKER_SOURCE: JSON.stringify(await bundleWorker('src/disk/usage/usage-worker.ts', plugins)),
      CLONE_WORKER_SOURCE: JSON.stringify(await bundleWorker('src/disk/clone/clone-worker.ts', plugins)),
      KOFFI_FILE: JSON.stringify(`./${koffiName}`),
    },
    // Some dependencies are CommonJS and call require for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  putKoffi(dirname(outfile));
}

/**
 * Bundles the plugin of kubectl into one executable file, which kubectl finds by its name. As that has no extension, the next
 * package.json decides whether Node takes it for CommonJS or for a module, and the file has to run as both.
 */
export async function bundlePlugin({ outfile, plugins = [] }: { outfile: string; plugins?: Plugin[] }): Promise<void> {
  await build({
    ...shared,
    plugins: [...plugins, lean],
    entryPoints: ['src/plugin/main.ts'],
    format: 'cjs',
    outfile,
    define: { PAGE_ASSETS: JSON.stringify(JSON.stringify(readAssets())) },
    // Only the sources look for these files beside themselves.
    logOverride: { 'empty-import-meta': 'silent' },
    // A module has no `require`.
    banner: { js: "var require = process.getBuiltinModule('node:module').createRequire(process.execPath);" },
  });
  chmodSync(outfile, 0o755);
  copyFileSync(join(import.meta.dirname, completionName), join(dirname(outfile), completionName));
}

/** kubectl finds it by its name, too, and asks it what may come next on a command line. */
export const completionName = 'kubectl_complete-hostpath_provisioner';

/** Replaces it as a whole: a daemon that runs may have the old one loaded. */
function putKoffi(folder: string): void {
  const { platform, arch } = process;
  const from = resolve(
    import.meta.dirname,
    `../node_modules/@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`,
  );
  if (!existsSync(from)) return;
  const unfinished = join(folder, `${koffiName}.${process.pid}`);
  copyFileSync(from, unfinished);
  renameSync(unfinished, join(folder, koffiName));
}

/** A worker thread is started from source text, so that the bundle stays one file. */
async function bundleWorker(entryPoint: string, plugins: Plugin[]): Promise<string> {
  const result = await build({
    ...shared,
    plugins,
    entryPoints: [entryPoint],
    format: 'cjs',
    // Text has no address, so a thread is told where koffi lies.
    logOverride: { 'empty-import-meta': 'silent' },
    write: false,
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error(`esbuild wrote nothing for ${entryPoint}`);
  return file.text;
}
