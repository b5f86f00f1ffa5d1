import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../image/paths.ts';
import type { Release } from './release.ts';

interface SpdxPackage {
  SPDXID: string;
  name: string;
  packageFileName?: string;
}

interface Relationship {
  spdxElementId: string;
  relatedSpdxElement: string;
  relationshipType: string;
}

/** As `npm sbom` writes it: https://spdx.github.io/spdx-spec/v2.3/. */
export interface Spdx {
  name: string;
  documentNamespace: string;
  creationInfo: { created: string };
  documentDescribes: string[];
  packages: SpdxPackage[];
  relationships: Relationship[];
}

/** What one file of a release is made of. */
export interface Contents {
  /** Name of the file. */
  of: string;
  /** Folders of package-lock.json: packages whose code is in it. */
  npm: ReadonlySet<string>;
  /** Of which it has files. */
  debian?: readonly DebianPackage[];
}

export interface DebianPackage {
  name: string;
  version: string;
  architecture: string;
}

/**
 * The parts of a file, by what npm knows of all packages. npm by itself can only tell what is installed, which is more than a bundle
 * has, and leaves out a dependency that a tool for development needs as well.
 * @throws {Error} if npm does not know a package
 */
export function sbomOf({ of, npm, debian = [] }: Contents, release: Release): Spdx {
  const whole = wholeSbom();
  const [root] = whole.packages.filter(({ SPDXID }) => whole.documentDescribes.includes(SPDXID));
  if (root === undefined) throw new Error('npm sbom describes no package');
  const parts = whole.packages.filter(({ packageFileName = '' }) => npm.has(packageFileName));
  if (parts.length !== npm.size) {
    const known = new Set(parts.map(({ packageFileName }) => packageFileName));
    throw new Error(
      `npm sbom does not know ${[...npm].filter((folder) => !known.has(folder)).join(', ')}: run "npm ci"`,
    );
  }
  const packages = [...parts, ...debian.map(debianPackage)];
  const described = whole.relationships.filter(({ relationshipType }) => relationshipType === 'DESCRIBES');
  return {
    ...whole,
    name: of,
    documentNamespace: `https://github.com/${release.repository}/releases/download/v${release.version}/${of}.spdx.json`,
    creationInfo: {
      ...whole.creationInfo,
      created: `${new Date(release.commitTime * 1_000).toISOString().slice(0, 19)}Z`,
    },
    packages: [root, ...packages],
    relationships: [
      ...described,
      ...packages.map(({ SPDXID }) => ({
        spdxElementId: root.SPDXID,
        relatedSpdxElement: SPDXID,
        relationshipType: 'CONTAINS',
      })),
    ],
  };
}

/** Writes `<file>.spdx.json` into a folder. */
export function putSbom(contents: Contents, release: Release, into: string): void {
  writeFileSync(join(into, `${contents.of}.spdx.json`), `${JSON.stringify(sbomOf(contents, release), null, 2)}\n`);
}

let cached: string | undefined;

function wholeSbom(): Spdx {
  cached ??= execFileSync(
    'npm',
    ['sbom', '--package-lock-only', '--sbom-format', 'spdx', '--sbom-type', 'application'],
    {
      cwd: project,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return JSON.parse(cached);
}

/** The address: https://github.com/package-url/purl-spec */
const debianPackage = ({ name, version, architecture }: DebianPackage) => ({
  SPDXID: `SPDXRef-Debian-${name.replaceAll('+', '-')}`,
  name,
  versionInfo: version,
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  externalRefs: [
    {
      referenceCategory: 'PACKAGE-MANAGER',
      referenceType: 'purl',
      referenceLocator: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=bookworm`,
    },
  ],
});
