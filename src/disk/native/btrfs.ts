import { call, callNow } from './c-library.ts';

/** ioctls of btrfs and their structs, from linux/btrfs.h. */
const requests = {
  BTRFS_IOC_INO_LOOKUP: 0xd0009412,
  BTRFS_IOC_SUBVOL_CREATE: 0x5000940e,
  BTRFS_IOC_FS_INFO: 0x8400941f,
  BTRFS_IOC_QGROUP_ASSIGN: 0x40189429,
  BTRFS_IOC_QGROUP_CREATE: 0x4010942a,
  BTRFS_IOC_QGROUP_LIMIT: 0x8030942b,
  BTRFS_IOC_QUOTA_RESCAN_STATUS: 0x8040942d,
} as const;

const argumentBytes = 4096;
const nameOffset = 8;
const fsidOffset = 16;
const fsidBytes = 16;
/** The inode number of the top of every subvolume: BTRFS_FIRST_FREE_OBJECTID. */
export const subvolumeTopInode = 256;
/** BTRFS_QGROUP_LIMIT_MAX_RFER. */
const referencedLimitFlag = 1n;

/** A quota group: level 0 counts one subvolume and has its id, level 1 counts its members of level 0. */
export interface QuotaGroup {
  level: 0 | 1;
  id: number;
}

const numberOf = ({ level, id }: QuotaGroup): bigint => (BigInt(level) << 48n) | BigInt(id);

/** The UUID of a file system, as the folder below /sys/fs/btrfs has it. */
export function getFileSystemId(descriptor: number): string {
  const found = Buffer.alloc(1024);
  callNow({ name: 'ioctl', args: [descriptor, requests.BTRFS_IOC_FS_INFO, found], shown: 'BTRFS_IOC_FS_INFO' });
  const digits = found.subarray(fsidOffset, fsidOffset + fsidBytes).toString('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The id of the subvolume that an open directory lies in. */
export function getSubvolumeId(descriptor: number): number {
  const found = Buffer.alloc(argumentBytes);
  found.writeBigUInt64LE(BigInt(subvolumeTopInode), 8);
  callNow({ name: 'ioctl', args: [descriptor, requests.BTRFS_IOC_INO_LOOKUP, found], shown: 'BTRFS_IOC_INO_LOOKUP' });
  return Number(found.readBigUInt64LE(0));
}

/** Makes an empty subvolume, with the mode that the umask leaves. @throws {SystemCallError} EEXIST if the name is taken */
export async function createSubvolume(parent: number, name: string): Promise<void> {
  const wanted = Buffer.alloc(argumentBytes);
  wanted.write(name, nameOffset);
  await request(parent, 'BTRFS_IOC_SUBVOL_CREATE', wanted);
}

/** @throws {SystemCallError} EEXIST if it is there, ENOTCONN if quotas are off, EPERM without CAP_SYS_ADMIN */
export function createGroup(descriptor: number, group: QuotaGroup): Promise<void> {
  return createOrDestroy(descriptor, group, 1n);
}

/** @throws {SystemCallError} EBUSY while it has members or counts something, ENOENT if it is not there */
export function destroyGroup(descriptor: number, group: QuotaGroup): Promise<void> {
  return createOrDestroy(descriptor, group, 0n);
}

/** @throws {SystemCallError} EEXIST if it is a member already */
export async function assignGroup(descriptor: number, member: QuotaGroup, group: QuotaGroup): Promise<void> {
  const wanted = Buffer.alloc(24);
  wanted.writeBigUInt64LE(1n, 0);
  wanted.writeBigUInt64LE(numberOf(member), 8);
  wanted.writeBigUInt64LE(numberOf(group), 16);
  await request(descriptor, 'BTRFS_IOC_QGROUP_ASSIGN', wanted);
}

/** Limits what all members of a group use together. */
export async function limitGroup(descriptor: number, group: QuotaGroup, bytes: number): Promise<void> {
  const wanted = Buffer.alloc(48);
  wanted.writeBigUInt64LE(numberOf(group), 0);
  wanted.writeBigUInt64LE(referencedLimitFlag, 8);
  wanted.writeBigUInt64LE(BigInt(bytes), 16);
  await request(descriptor, 'BTRFS_IOC_QGROUP_LIMIT', wanted);
}

/** Reads what only a process with CAP_SYS_ADMIN may read, and nothing else. @throws {SystemCallError} EPERM without it */
export function proveMayAdminister(descriptor: number): void {
  const args = [descriptor, requests.BTRFS_IOC_QUOTA_RESCAN_STATUS, Buffer.alloc(64)];
  callNow({ name: 'ioctl', args, shown: 'BTRFS_IOC_QUOTA_RESCAN_STATUS' });
}

async function createOrDestroy(descriptor: number, group: QuotaGroup, create: bigint): Promise<void> {
  const wanted = Buffer.alloc(16);
  wanted.writeBigUInt64LE(create, 0);
  wanted.writeBigUInt64LE(numberOf(group), 8);
  await request(descriptor, 'BTRFS_IOC_QGROUP_CREATE', wanted);
}

async function request(descriptor: number, name: keyof typeof requests, argument: Buffer): Promise<void> {
  await call({ name: 'ioctl', args: [descriptor, requests[name], argument], shown: name });
}
