import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { expect } from 'vitest';
import { version } from '../../scripts/image/name.ts';
import { project } from '../../scripts/image/paths.ts';
import { sectionOf, versionsIn } from '../../scripts/release/changelog.ts';
import type { Json } from '../support/api.ts';
import { describeRelease, test } from './release-test.ts';

const images = ['amd64', 'arm64'].map((architecture) => `hostpath-provisioner-image-${version}-${architecture}`);

describeRelease('The files of a release', () => {
  test('are these, and have checksums that sha256sum takes', ({ release }) => {
    expect(readdirSync(release.folder).sort()).toEqual(
      [
        'NOTES.md',
        'SHA256SUMS',
        'artifacthub-repo.yml',
        'hostpath-provisioner.yaml',
        `hostpath-provisioner-${version}.spdx.json`,
        `hostpath-provisioner-${version}.tgz`,
        ...images.flatMap((image) => [`${image}.spdx.json`, `${image}.tar.gz`]),
        `kubectl-hostpath-provisioner-${version}.tgz`,
        `kubectl-hostpath_provisioner-${version}.spdx.json`,
        `kubectl-hostpath_provisioner-${version}.tar.gz`,
      ].sort(),
    );
    const told = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], { cwd: release.folder, encoding: 'utf8' });
    expect(told.match(/: OK$/gm)).toHaveLength(readdirSync(release.folder).length - 1);
  });

  test('have the notes of this version', ({ release }) => {
    const changelog = readFileSync(join(project, 'CHANGELOG.md'), 'utf8');
    const section = versionsIn(changelog).includes(version) ? version : 'Unreleased';
    expect(release.read('NOTES.md')).toBe(sectionOf(changelog, section));
  });

  test('name no image of an unknown version', ({ release, work }) => {
    release.unpack(`hostpath-provisioner-${version}.tgz`, work);
    const texts = ['NOTES.md', 'hostpath-provisioner.yaml', 'artifacthub-repo.yml'].map((name) => release.read(name));
    const ofChart = readdirSync(work, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    for (const text of [...texts, ...ofChart]) expect(text).not.toMatch(/:latest\b/);
  });

  test('are those that the workflow publishes', ({ release }) => {
    const workflow = readFileSync(join(project, '.github/workflows/release.yml'), 'utf8');
    const jobs = Object.entries<Json>((load(workflow) as Json).jobs).filter(([name]) => name.startsWith('publish-'));
    const commands = jobs.flatMap(([, { steps }]) => steps.map(({ run = '' }: Json) => run)).join('\n');
    const named = [...commands.matchAll(/[\w./-]+-\$VERSION[\w.]+|[A-Z\d]+(?:SUMS|\.md)/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(4);
    const missing = named
      .map((name) => name.replace('$VERSION', version))
      .filter((name) => !existsSync(release.path(name)));
    expect(missing).toEqual([]);
  });
});
