import { bundleDaemon } from '../bundle.ts';
import { noteBundledPackages } from '../bundled-packages.ts';
import { putLicences } from '../licences.ts';
import { bundlePath, licencesPath } from './paths.ts';

/** Puts the bundle of the daemon, and the licences of what is in it, where the Dockerfile takes them from. */
export async function stageDaemon(): Promise<void> {
  const bundled = new Set<string>();
  await bundleDaemon({ outfile: bundlePath, plugins: [noteBundledPackages(bundled)] });
  putLicences(licencesPath, bundled);
}
