import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completionName } from '../bundle.ts';
import { project } from '../image/paths.ts';
import { pluginFile, pluginFiles } from './plugin-files.ts';
import type { Release } from './release.ts';

/** Name of the plugin's package. The package of the whole project is private. */
export const npmName = 'kubectl-hostpath-provisioner';

/** For `kubectl hostpath`, which is shorter to type. */
const alias = 'kubectl-hostpath';

/**
 * Packs the plugin for npm. It has no dependencies and no scripts.
 * @param folder has the files of `pluginFiles`
 */
export function packForNpm(release: Release, folder: string, into: string): void {
  writeFileSync(join(folder, 'README.md'), readme(release));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson(release), null, 2)}\n`);
  const pack = ['pack', '--ignore-scripts', '--pack-destination', into];
  execFileSync('npm', pack, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

function packageJson({ version, repository }: Release) {
  const { license, engines } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  return {
    name: npmName,
    version,
    description: 'kubectl plugin that shows the volumes of the hostpath-provisioner: usage, trash, problems',
    keywords: ['kubectl-plugin', 'kubernetes', 'storage', 'hostpath'],
    homepage: `https://github.com/${repository}#readme`,
    bugs: `https://github.com/${repository}/issues`,
    repository: { type: 'git', url: `git+https://github.com/${repository}.git` },
    license,
    bin: { [pluginFile]: pluginFile, [alias]: pluginFile, [completionName]: completionName },
    files: [...pluginFiles],
    engines,
  };
}

const readme = ({ repository, version }: Release): string => `# kubectl hostpath-provisioner

Shows the volumes of the [hostpath-provisioner](https://github.com/${repository}) on all nodes of a cluster: what each uses, where its
files are, what is in the trash, and what is wrong. It needs Node.js 22.19 or newer, and your kubeconfig.

\`\`\`sh
npm install --global ${npmName}@${version}
kubectl hostpath-provisioner volumes # or: kubectl hostpath volumes
\`\`\`
`;
