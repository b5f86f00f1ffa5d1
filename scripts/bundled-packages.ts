import type { Plugin } from 'esbuild';
import { leftOutFiles } from './lean.ts';

/** A plugin of esbuild that notes whose code is in what it builds, as folders of package-lock.json. */
export function noteBundledPackages(found: Set<string>): Plugin {
  return {
    name: 'bundled-packages',
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(({ metafile }) => {
        const outputs = Object.values(metafile?.outputs ?? {});
        for (const [path, { bytesInOutput }] of outputs.flatMap(({ inputs }) => Object.entries(inputs))) {
          const folder = packageOf(path);
          if (folder !== undefined && bytesInOutput > 0) found.add(folder);
        }
      });
    },
  };
}

/** The folder of the package that a file belongs to; undefined for ours, and for what stands in place of a package's own. */
export function packageOf(path: string): string | undefined {
  if (leftOutFiles.some((file) => path.endsWith(`node_modules/${file}`))) return undefined;
  const [, folder] = /(?:^|\/)(node_modules\/.*)$/.exec(path) ?? [];
  const [found] = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(folder ?? '') ?? [];
  return found;
}
