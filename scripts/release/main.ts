/**
 * `npm run release:dry [-- --tag v1.2.3]`: makes all files of a release in dist/release/, and checks them. It publishes nothing:
 * `.github/workflows/release.yml` publishes what it made. With a tag, package.json and CHANGELOG.md must have that version. The
 * variable GITHUB_REPOSITORY names the repository, `owner/name`. Needs what the image, Helm and krew's check need: Debian, root, Go.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version } from '../image/name.ts';
import { project } from '../image/paths.ts';
import { sectionOf, versionsIn } from './changelog.ts';
import { packChart } from './chart.ts';
import { checksumProblems, writeChecksums } from './checksums.ts';
import { putImages } from './images.ts';
import { putPlugin } from './plugin.ts';
import { type Release, releaseFolder, thisRelease } from './release.ts';

async function main(): Promise<void> {
  const { tag } = parseArgs({ options: { tag: { type: 'string' } } }).values;
  const release = thisRelease(process.env.GITHUB_REPOSITORY);
  const notes = notesOf(release, tag);
  rmSync(releaseFolder, { recursive: true, force: true });
  mkdirSync(releaseFolder, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'hostpath-provisioner-release-'));
  try {
    writeFileSync(join(releaseFolder, 'NOTES.md'), notes);
    copyFileSync(join(project, 'artifacthub-repo.yml'), join(releaseFolder, 'artifacthub-repo.yml'));
    packChart(release, notes, work, releaseFolder);
    await putPlugin(release, work, releaseFolder);
    await putImages(release, work, releaseFolder);
    await writeChecksums(releaseFolder);
    const problems = await checksumProblems(releaseFolder);
    if (problems.length > 0) throw new Error(problems.join('; '));
    await tell();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @throws {Error} if the tag is not of this version, or a tagged version has no section in CHANGELOG.md */
function notesOf(release: Release, tag: string | undefined): string {
  if (tag !== undefined && tag !== `v${version}`) {
    throw new Error(`the tag is ${tag}, but package.json has version ${version}: tag v${version}, or set the version`);
  }
  const changelog = readFileSync(join(project, 'CHANGELOG.md'), 'utf8');
  const isNamed = tag !== undefined || versionsIn(changelog).includes(release.version);
  return sectionOf(changelog, isNamed ? release.version : 'Unreleased');
}

async function tell(): Promise<void> {
  for (const name of (await readdir(releaseFolder)).sort()) {
    const kib = statSync(join(releaseFolder, name)).size / 1024;
    console.log(`${kib.toFixed(0).padStart(8)} KiB  ${name}`);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
