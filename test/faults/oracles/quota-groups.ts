import { closeSync, constants, openSync } from 'node:fs';
import { getSubvolumeId } from '../../../src/disk/native/btrfs.ts';
import { callNow } from '../../../src/disk/native/c-library.ts';

/** A quota group of level 1 of btrfs, as the kernel has it. */
export interface QuotaGroup {
  id: number;
  /** Undefined without a limit. */
  limitBytes: number | undefined;
  /** Ids of its subvolumes, also of one that is removed and that the kernel still has to erase. */
  members: number[];
}

/** BTRFS_IOC_TREE_SEARCH_V2 and its argument, the tree, and the items that are looked for; from linux/btrfs.h and btrfs_tree.h. */
const treeSearch = 0xc0709411;
const argument = { tree: 0, bounds: 8, types: 56, count: 64, roomBytes: 104, items: 112, bytes: 1024 ** 2 };
const quotaTree = 8n;
const itemTypes = { limit: 244, relation: 246 };
const item = { objectid: 8, offset: 16, type: 24, dataBytes: 28, data: 32 };
const largest = 2n ** 64n - 1n;
const levelOne = 1n << 48n;

interface Item {
  objectid: bigint;
  offset: bigint;
  type: number;
  data: Buffer;
}

/** The groups of the disk that a directory lies on. */
export function readQuotaGroups(path: string): QuotaGroup[] {
  const items = withDescriptor(path, readQuotaTree);
  const limits = items.filter(({ type, offset }) => type === itemTypes.limit && offset >> 48n === 1n);
  return limits.map(({ offset: group, data }) => ({
    id: Number(group - levelOne),
    limitBytes: data.readBigUInt64LE(0) & 1n ? Number(data.readBigUInt64LE(8)) : undefined,
    members: items
      .filter(({ type, objectid, offset }) => type === itemTypes.relation && objectid === group && offset < levelOne)
      .map(({ offset }) => Number(offset)),
  }));
}

/** The id of the subvolume that a directory lies in. */
export const subvolumeOf = (path: string): number => withDescriptor(path, getSubvolumeId);

function readQuotaTree(descriptor: number): Item[] {
  const asked = Buffer.alloc(argument.bytes);
  asked.writeBigUInt64LE(quotaTree, argument.tree);
  const bounds = [0n, largest, 0n, largest, 0n, largest];
  for (const [index, bound] of bounds.entries()) asked.writeBigUInt64LE(bound, argument.bounds + 8 * index);
  asked.writeUInt32LE(2 ** 32 - 1, argument.types + 4);
  asked.writeUInt32LE(2 ** 32 - 1, argument.count);
  asked.writeBigUInt64LE(BigInt(argument.bytes - argument.items), argument.roomBytes);
  callNow({ name: 'ioctl', args: [descriptor, treeSearch, asked] });
  const items: Item[] = [];
  let at = argument.items;
  for (let left = asked.readUInt32LE(argument.count); left > 0; left -= 1) {
    const end = at + item.data + asked.readUInt32LE(at + item.dataBytes);
    items.push({
      objectid: asked.readBigUInt64LE(at + item.objectid),
      offset: asked.readBigUInt64LE(at + item.offset),
      type: asked.readUInt32LE(at + item.type),
      data: asked.subarray(at + item.data, end),
    });
    at = end;
  }
  return items;
}

function withDescriptor<Result>(path: string, use: (descriptor: number) => Result): Result {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
