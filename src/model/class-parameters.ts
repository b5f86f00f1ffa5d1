import { readDuration } from './duration.ts';

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
}

export const defaultClassParameters: ClassParameters = {
  volumeType: 'hostPath',
  directoryMode: 0o777,
  directoryOwner: undefined,
  trashRetentionMs: 0,
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
};

/** Reads the parameters of a class. Reports all problems together, also unknown parameters. */
export function readClassParameters(parameters: Record<string, string>): ClassParameters | { problems: string[] } {
  const result = { ...defaultClassParameters };
  const problems = Object.entries(parameters).flatMap(([name, value]) => {
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) return [`parameter "${name}" is not known: use ${Object.keys(readers).join(', ')}`];
    const problem = read(value, result);
    return problem === undefined ? [] : [`parameter ${name} is ${JSON.stringify(value)}: ${problem}`];
  });
  return problems.length === 0 ? result : { problems };
}
