import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * What a tree is, to the last byte: of it and of everything in it the path, inode, kind, mode, owner, links, size, times of
 * change and content. A file that was replaced by an equal one shows. Only that it was read does not.
 * @returns one line for each, so that a difference names the path
 */
export function fingerprint(path: string): string[] {
  const { ino, mode, uid, gid, nlink, size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
  const kind = Number(mode & 0o170000n);
  const content = contentOf(path, kind);
  const line = `${path} ${ino} ${mode.toString(8)} ${uid}:${gid} ${nlink} ${size} ${mtimeNs} ${ctimeNs} ${content}`;
  if (kind !== 0o040000) return [line];
  return [line, ...readdirSync(path).flatMap((name) => fingerprint(`${path}/${name}`))];
}

function contentOf(path: string, kind: number): string {
  if (kind === 0o120000) return readlinkSync(path);
  if (kind === 0o100000) return createHash('sha256').update(readFileSync(path)).digest('hex');
  return '';
}
