import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';

/** The files of a folder as a compressed tar file. It has the same bytes each time: nothing in it tells who made it, or when. */
export function archive(folder: string, names: readonly string[], time: number): Buffer {
  const asNobody = ['--owner=0', '--group=0', '--numeric-owner', '--format=ustar', '--mode=u+rw,go+r-w'];
  const how = ['-c', '-C', folder, `--mtime=@${time}`, ...asNobody];
  const tar = execFileSync('tar', [...how, ...[...names].sort()], { maxBuffer: 64 * 1024 * 1024 });
  return gzipSync(tar, { level: 9 });
}
