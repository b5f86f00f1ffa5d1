import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './image/paths.ts';

const ours = 'LICENSE';
const ofOthers = 'THIRD-PARTY-LICENSES';

/** What `putLicences` puts into a folder. */
export const licenceFiles = [ours, ofOthers] as const;

/** Puts our licence and those of bundled packages into a folder. @param bundled folders of package-lock.json */
export function putLicences(folder: string, bundled: Iterable<string>): void {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(project, ours), join(folder, ours));
  writeFileSync(join(folder, ofOthers), licencesOf(bundled));
}

/**
 * The licences of packages, which a bundle of their code has to come with.
 * @param folders of package-lock.json
 * @param root where they are installed
 * @throws {Error} if a package names no licence
 */
export function licencesOf(folders: Iterable<string>, root = project): string {
  return [...folders]
    .sort()
    .map((folder) => licenceOf(join(root, folder)))
    .join('\n');
}

function licenceOf(path: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  if (license === undefined) throw new Error(`${name} ${version} names no licence: do not bundle it`);
  const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file === undefined ? `Copyright ${author?.name ?? author ?? name}` : readFileSync(join(path, file), 'utf8');
  return `${'='.repeat(80)}\n${name} ${version}: ${license}\n\n${text.trim()}\n`;
}
