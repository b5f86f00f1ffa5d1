import { dump } from 'js-yaml';
import { pluginFile, pluginFiles } from './plugin-files.ts';
import { assetUrl, type Release, tarballName } from './release.ts';

/** Name of the plugin for krew, which refuses generic names. krew wants a manifest of this name. */
export const krewName = 'hostpath-provisioner';

/**
 * What krew installs the plugin by. The fields are those of krew's `pkg/index/types.go`; its index wants lines of at most 80
 * characters, and a short description of at most 70.
 */
export function krewManifest(release: Release, sha256: string): string {
  return dump(
    {
      apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
      kind: 'Plugin',
      metadata: { name: krewName },
      spec: {
        version: `v${release.version}`,
        homepage: `https://github.com/${release.repository}`,
        shortDescription: 'Shows hostPath volumes, their usage, trash and problems',
        description: `Shows the volumes of the hostpath-provisioner on all nodes of a cluster:
what each uses, where its files are, what is in the trash, and what is
wrong. Restores deleted volumes.
`,
        caveats: `This plugin needs Node.js 22.19 or newer in the PATH, as "node".
It shows the volumes of clusters in which the hostpath-provisioner runs:
https://github.com/${release.repository}
`,
        platforms: [
          {
            selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['linux', 'darwin'] }] },
            uri: assetUrl(release, tarballName(release)),
            sha256,
            files: pluginFiles.map((from) => ({ from, to: '.' })),
            bin: pluginFile,
          },
        ],
      },
    },
    { lineWidth: -1 },
  );
}
