import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archive } from './archive.ts';
import { sha256Of } from './checksums.ts';
import { krewManifest, krewName } from './krew-manifest.ts';
import { packForNpm } from './npm-package.ts';
import { pluginFile, pluginFiles, putPluginFiles } from './plugin-files.ts';
import { type Release, tarballName } from './release.ts';
import { putSbom } from './sbom.ts';

const krewsCheck = 'sigs.k8s.io/krew/cmd/validate-krew-manifest@v0.4.3';

/** Puts the plugin into a folder, in the forms of npm and krew, with what it is made of. */
export async function putPlugin(release: Release, work: string, into: string): Promise<void> {
  const folder = join(work, 'plugin');
  const bundled = await putPluginFiles(folder);
  const tarball = join(into, tarballName(release));
  writeFileSync(tarball, archive(folder, pluginFiles, release.commitTime));
  packForNpm(release, folder, into);
  const manifest = join(into, `${krewName}.yaml`);
  writeFileSync(manifest, krewManifest(release, await sha256Of(tarball)));
  execFileSync('go', ['run', krewsCheck, '-skip-install', '-manifest', manifest], { cwd: work, stdio: 'pipe' });

  putSbom({ of: `${pluginFile}-${release.version}`, npm: bundled }, release, into);
}
