import { calls } from '../calls.ts';
import type { Space } from '../port.ts';
import type { OpenBase } from './open-base.ts';

export async function spaceOf(base: OpenBase): Promise<Space> {
  const { bsize, blocks, bavail, files, ffree } = await calls.statfs(base.volume('.'));
  return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize, inodes: files, freeInodes: ffree };
}
