import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { helmPath } from '../../test/install/programs.ts';
import { project } from '../image/paths.ts';
import { changesIn } from './changelog.ts';
import { ownerOf, type Release, registryOf } from './release.ts';

const chartName = 'hostpath-provisioner';
const ownRepository = /^( {2}repository: )hostpath-provisioner$/m;

/** Packs the chart for a registry. It names the published image, and what Artifact Hub shows. @throws {Error} if Helm is not built */
export function packChart(release: Release, notes: string, work: string, into: string): void {
  if (!existsSync(helmPath)) throw new Error(`${helmPath} is missing: run "npm run helm:build"`);
  const folder = join(work, chartName);
  cpSync(join(project, 'charts', chartName), folder, { recursive: true });
  rewrite(join(folder, 'values.yaml'), (text) => withImage(text, registryOf(release)));
  rewrite(join(folder, 'README.md'), (text) => text.replaceAll('OWNER', ownerOf(release)));
  rewrite(join(folder, 'Chart.yaml'), (text) => withMetadata(text, release, notes));
  cpSync(join(project, 'LICENSE'), join(folder, 'LICENSE'));
  execFileSync(helmPath, ['lint', '--strict', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  execFileSync(helmPath, ['package', folder, '--destination', into], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function rewrite(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** @throws {Error} if the values do not name the image as the manifests do */
function withImage(values: string, image: string): string {
  if (!ownRepository.test(values)) throw new Error('values.yaml has no line "  repository: hostpath-provisioner"');
  return values.replace(ownRepository, `$1${image}`);
}

function withMetadata(text: string, release: Release, notes: string): string {
  const { annotations, ...chart } = load(text) as { annotations: Record<string, string> };
  const home = `https://github.com/${release.repository}`;
  const image = `${registryOf(release)}:${release.version}`;
  const links = [
    { name: 'Documents', url: `${home}/tree/v${release.version}/docs` },
    { name: 'Issues', url: `${home}/issues` },
  ];
  const images = [{ name: chartName, image, platforms: ['linux/amd64', 'linux/arm64'] }];
  return dump(
    {
      ...chart,
      home,
      sources: [home],
      icon: `https://raw.githubusercontent.com/${release.repository}/v${release.version}/charts/${chartName}/icon.svg`,
      annotations: {
        ...annotations,
        'artifacthub.io/changes': dump(changesIn(notes), { lineWidth: -1 }),
        'artifacthub.io/images': dump(images),
        'artifacthub.io/links': dump(links),
      },
    },
    { lineWidth: -1 },
  );
}
