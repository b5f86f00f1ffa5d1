import { readDuration } from './duration.ts';
import { isPoolName } from './names.ts';

/** The parameters of a StorageClass, validated. */
export interface ClassParameters {
  /** `local` makes kubelet apply fsGroup and SELinux labels; `hostPath` gets neither. */
  volumeType: 'hostPath' | 'local';
  /** Permission bits of a volume's directory, such as 0o777. */
  directoryMode: number;
  /** Owner of a volume's directory; undefined leaves it with the daemon's own user. */
  directoryOwner: { uid: number; gid: number } | undefined;
  /** Retention of a deleted volume's directory in the trash, in milliseconds. */
  trashRetentionMs: number;
  /** Whether the file system has to hold each volume to its size. A claim is refused where it cannot. */
  enforcesQuota: boolean;
  /** Most inodes for each GiB of a volume; undefined is the volume's share of the disk's. Only where quotas are enforced. */
  inodesPerGiB: number | undefined;
  /** Names of the pools that a volume may lie in; undefined allows all. */
  pools: readonly string[] | undefined;
  /** How many times the size of a pool may be promised; undefined refuses above 1 where quotas are enforced, else only warns. */
  overcommit: number | undefined;
}

export const defaultClassParameters: ClassParameters = {
  volumeType: 'hostPath',
  directoryMode: 0o777,
  directoryOwner: undefined,
  trashRetentionMs: 0,
  enforcesQuota: false,
  inodesPerGiB: undefined,
  pools: undefined,
  overcommit: undefined,
};

/** The largest id for chown, to which 4294967295 means "leave unchanged". */
const largestId = 4_294_967_294;

/** A reader for each parameter. It returns what is wrong with the value, or undefined. */
const readers: Record<string, (value: string, into: ClassParameters) => string | undefined> = {
  volumeType(value, into) {
    if (value !== 'hostPath' && value !== 'local') return 'use "hostPath" or "local"';
    into.volumeType = value;
    return undefined;
  },
  directoryMode(value, into) {
    if (!/^[0-7]{3,4}$/.test(value)) return 'use three or four octal digits, such as "0770"';
    into.directoryMode = Number.parseInt(value, 8);
    return undefined;
  },
  directoryOwner(value, into) {
    const [, uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(value) ?? [];
    const owner = { uid: Number(uid), gid: Number(gid) };
    if (!(owner.uid <= largestId && owner.gid <= largestId)) return 'use "uid:gid" in numbers, such as "1001:1001"';
    into.directoryOwner = owner;
    return undefined;
  },
  trashRetention(value, into) {
    const retentionMs = readDuration(value);
    if (typeof retentionMs !== 'number') return retentionMs.problem;
    into.trashRetentionMs = retentionMs;
    return undefined;
  },
  quota(value, into) {
    if (value !== 'enforce' && value !== 'none') return 'use "enforce" or "none"';
    into.enforcesQuota = value === 'enforce';
    return undefined;
  },
  inodesPerGiB(value, into) {
    if (!/^[1-9]\d{0,8}$/.test(value)) return 'use a whole number of at least 1, such as "65536"';
    into.inodesPerGiB = Number(value);
    return undefined;
  },
  pool(value, into) {
    const names = value.split(',').map((name) => name.trim());
    if (!names.every(isPoolName)) return 'use the names of base directories, such as "ssd" or "ssd,hdd"';
    into.pools = [...new Set(names)];
    return undefined;
  },
  overcommit(value, into) {
    const factor = /^\d{1,4}(\.\d{1,4})?$/.test(value) ? Number(value) : 0;
    if (factor <= 0) return 'use a number above 0, such as "1.0" or "2.5"';
    into.overcommit = factor;
    return undefined;
  },
};

export const classParameterNames: readonly string[] = Object.keys(readers);

/** Reads the parameters of a class. Reports all problems together, also unknown parameters. */
export function readClassParameters(parameters: Record<string, string>): ClassParameters | { problems: string[] } {
  const result = { ...defaultClassParameters };
  const problems = Object.entries(parameters).flatMap(([name, value]) => {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) return [`parameter "${name}" is not known: use ${classParameterNames.join(', ')}`];
    const problem = read(value, result);
    return problem === undefined ? [] : [`parameter ${name} is ${JSON.stringify(value)}: ${problem}`];
  });
  return problems.length === 0 ? result : { problems };
}
