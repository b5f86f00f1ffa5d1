const fileSystems: ReadonlySet<string> = new Set(['tmpfs', 'ramfs', 'overlay']);

/** Whether a file system of this type loses its content at a reboot, or with the container of the node. */
export const isShortLived = (fileSystem: string): boolean => fileSystems.has(fileSystem);
