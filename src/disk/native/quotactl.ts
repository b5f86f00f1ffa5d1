import { constants } from 'node:os';
import { call, SystemCallError } from './c-library.ts';

/** What the kernel counts and allows for a project id; see quotactl(2). */
export interface ProjectQuota {
  usedBytes: number;
  usedInodes: number;
  /** 0 is no limit. */
  limitBytes: number;
  /** 0 is no limit. */
  limitInodes: number;
}

/** Since Linux 5.14, with this number on all architectures. Unlike quotactl, it needs no device node. */
const quotactlFd = 443;

/** Subcommands in the form of XFS, which ext4 has as well; from linux/dqblk_xfs.h. */
const commands = {
  Q_XQUOTAON: 0x5801,
  Q_XGETQUOTA: 0x5803,
  Q_XSETQLIM: 0x5804,
  Q_XGETQSTATV: 0x5808,
  Q_XGETNEXTQUOTA: 0x5809,
} as const;

/** `struct fs_disk_quota`: offsets of its fields, and its unit of space. */
const quota = { bytes: 112, mask: 2, id: 4, hardBlocks: 8, hardInodes: 24, usedBlocks: 40, usedInodes: 48 };
const blockBytes = 512;
/** The fields that are set: hard and soft limits of blocks and inodes. Soft ones are 0: none. */
const limitsMask = 0b1111;

/** `struct fs_quota_statv`, version 1. */
const state = { bytes: 160, flags: 2 };

/** Whether project quotas are counted, and held. Mount options do not tell. */
export interface QuotaState {
  counts: boolean;
  enforces: boolean;
}

const countsFlag = 0x10;
const enforcesFlag = 0x20;

/** @throws {SystemCallError} ENOSYS or ESRCH without quotas, EPERM under a seccomp profile without CAP_SYS_ADMIN */
export async function getQuotaState(descriptor: number): Promise<QuotaState> {
  const found = Buffer.alloc(state.bytes);
  found.writeUInt8(1, 0);
  await control(descriptor, 'Q_XGETQSTATV', 0, found);
  const flags = found.readUInt16LE(state.flags);
  return { counts: (flags & countsFlag) !== 0, enforces: (flags & enforcesFlag) !== 0 };
}

/** Begins to hold limits that are already counted. XFS wants both flags, and ext4 refuses what is on already. */
export async function enforceQuotas(descriptor: number, fileSystem: 'xfs' | 'ext4'): Promise<void> {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(fileSystem === 'xfs' ? countsFlag | enforcesFlag : enforcesFlag);
  await control(descriptor, 'Q_XQUOTAON', 0, flags);
}

/** @returns undefined on XFS if nothing was ever counted or set for the id; ext4 answers zeros */
export async function getProjectQuota(descriptor: number, id: number): Promise<ProjectQuota | undefined> {
  const found = await read(descriptor, 'Q_XGETQUOTA', id);
  return (
    found && {
      usedBytes: numberAt(found, quota.usedBlocks) * blockBytes,
      usedInodes: numberAt(found, quota.usedInodes),
      limitBytes: numberAt(found, quota.hardBlocks) * blockBytes,
      limitInodes: numberAt(found, quota.hardInodes),
    }
  );
}

/** The lowest id from `id` on that has a limit or counts something; undefined if there is none. */
export async function nextProjectId(descriptor: number, id: number): Promise<number | undefined> {
  return (await read(descriptor, 'Q_XGETNEXTQUOTA', id))?.readUInt32LE(quota.id);
}

/**
 * Sets both limits of a project id; 0 is none. The limit of bytes is rounded up to blocks.
 *
 * XFS makes it durable with the next change of an inode that is made durable, not with an fsync alone.
 * @throws {SystemCallError} EPERM without CAP_SYS_ADMIN
 */
export async function setProjectLimit(
  descriptor: number,
  id: number,
  { bytes, inodes }: { bytes: number; inodes: number },
): Promise<void> {
  const wanted = Buffer.alloc(quota.bytes);
  wanted.writeUInt8(1, 0);
  wanted.writeUInt16LE(limitsMask, quota.mask);
  wanted.writeUInt32LE(id, quota.id);
  wanted.writeBigUInt64LE(BigInt(Math.ceil(bytes / blockBytes)), quota.hardBlocks);
  wanted.writeBigUInt64LE(BigInt(inodes), quota.hardInodes);
  await control(descriptor, 'Q_XSETQLIM', id, wanted);
}

async function read(descriptor: number, command: keyof typeof commands, id: number): Promise<Buffer | undefined> {
  const found = Buffer.alloc(quota.bytes);
  try {
    await control(descriptor, command, id, found);
    return found;
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === -constants.errno.ENOENT) return undefined;
    throw error;
  }
}

const numberAt = (found: Buffer, offset: number): number => Number(found.readBigUInt64LE(offset));

/** The type of quotas in the lowest byte of a command: project. */
const projectType = 2;

async function control(
  descriptor: number,
  command: keyof typeof commands,
  id: number,
  argument: Buffer,
): Promise<void> {
  const number = commands[command] * 2 ** 8 + projectType;
  await call({ name: 'syscall', args: [quotactlFd, descriptor, number, id, argument], shown: command });
}
