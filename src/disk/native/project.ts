import { call, callNow } from './c-library.ts';

/** The project of a file or directory, by which XFS and ext4 count and limit; see ioctl_xfs_fsgetxattr(2). */
export interface Project {
  /** 0 to 4,294,967,294. 0 is no project. */
  id: number;
  /** Whether what is made in the directory gets its project, and so does statfs(2) there show the project's limit. */
  inherit: boolean;
}

/** `FS_IOC_FSGETXATTR`, `FS_IOC_FSSETXATTR` and their `struct fsxattr`, from linux/fs.h. */
const getRequest = 0x801c581f;
const setRequest = 0x401c5820;
const attributes = { bytes: 28, flags: 0, project: 12 };
const inheritFlag = 0x200;

/** @throws {SystemCallError} ENOTTY or ENOTSUP where the file system has no such attributes */
export function getProject(descriptor: number): Project {
  const found = attributesOf(descriptor);
  return {
    id: found.readUInt32LE(attributes.project),
    inherit: (found.readUInt32LE(attributes.flags) & inheritFlag) !== 0,
  };
}

/**
 * Other attributes stay as they are.
 * @throws {SystemCallError} ENOTSUP where the file system has no projects, EINVAL in a user namespace
 */
export async function setProject(descriptor: number, { id, inherit }: Project): Promise<void> {
  const wanted = attributesOf(descriptor);
  const flags = wanted.readUInt32LE(attributes.flags);
  wanted.writeUInt32LE(inherit ? (flags | inheritFlag) >>> 0 : (flags & ~inheritFlag) >>> 0, attributes.flags);
  wanted.writeUInt32LE(id, attributes.project);
  await call({ name: 'ioctl', args: [descriptor, setRequest, wanted], shown: 'FS_IOC_FSSETXATTR' });
}

function attributesOf(descriptor: number): Buffer {
  const found = Buffer.alloc(attributes.bytes);
  callNow({ name: 'ioctl', args: [descriptor, getRequest, found], shown: 'FS_IOC_FSGETXATTR' });
  return found;
}
