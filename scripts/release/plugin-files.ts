import { join } from 'node:path';
import { bundlePlugin, completionName } from '../bundle.ts';
import { noteBundledPackages } from '../bundled-packages.ts';
import { licenceFiles, putLicences } from '../licences.ts';

/** kubectl finds `kubectl hostpath-provisioner` in a file of this name. */
export const pluginFile = 'kubectl-hostpath_provisioner';

/** What the plugin consists of, in each form that it is published in. */
export const pluginFiles = [pluginFile, completionName, ...licenceFiles] as const;

/** Puts these files into a folder. @returns the packages whose code is in the plugin, as folders of package-lock.json */
export async function putPluginFiles(folder: string): Promise<Set<string>> {
  const bundled = new Set<string>();
  await bundlePlugin({ outfile: join(folder, pluginFile), plugins: [noteBundledPackages(bundled)] });
  putLicences(folder, bundled);
  return bundled;
}
