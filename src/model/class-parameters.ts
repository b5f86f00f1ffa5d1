import { readDuration } from './duration.ts';

/** How a class wants its volumes: `StorageClass.parameters`, read. */
export interface ClassParameters {
  /** `local` makes kubelet apply fsGroup and SELinux labels; `hostPath` gets neither. */
  volumeType: 'hostPath' | 'local';
  /** Permission bits of a volume's directory, such as 0o777. */
  directoryMode: number;
  /** Owner of a volume's directory; undefined leaves it with the daemon's own user. */
  directoryOwner: { uid: number; gid: number } | undefined;
  /** How long a removed directory is kept before it is erased, in milliseconds. */
  trashRetentionMs: number;
}

export const defaultClassParameters: ClassParameters = {
  volumeType: 'hostPath',
  directoryMode: 0o777,
  directoryOwner: undefined,
  trashRetentionMs: 0,
};

/** The largest id that chown takes; 4294967295 means "leave as it is" there. */
const largestId = 4_294_967_294;

/** One reader for each parameter; it returns the problem as text when the value is not one it takes. */
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

/**
 * Reads a class's parameters. Every problem is named at once, an unknown parameter among them: ignoring one would give
 * the user a volume that is not what the class says.
 */
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
