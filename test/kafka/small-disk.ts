import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCluster } from '../e2e/test-cluster.ts';

const imageName = 'small-disk.img';

/** Mounts a disk of that size, and nothing in it, at the base directory on the node. */
export function mountSmallDisk({ node, baseDirectory }: TestCluster, sizeBytes: number): void {
  const imagePath = join(node.tmpPath, imageName);
  writeFileSync(imagePath, '');
  truncateSync(imagePath, sizeBytes);
  execFileSync('mkfs.ext4', ['-q', imagePath]);
  const onNode = (path: string) => join('/tmp', path.slice(node.tmpPath.length));
  const [program = '', ...enter] = node.enter;
  execFileSync(program, [...enter, 'mount', '-o', 'loop', onNode(imagePath), onNode(baseDirectory)]);
}
