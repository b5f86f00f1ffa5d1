import type { Finding } from './finding.ts';

interface Check {
  level: Finding['level'];
  /** What it finds, as docs/doctor.md shows it. */
  finds: string;
}

/** Each check by its name, in the order in which `doctor` shows them. docs/doctor.md has the same table, which a test compares. */
export const checks = {
  'no-daemon': { level: 'FAIL', finds: 'no daemon runs in the cluster' },
  'daemon-missing': { level: 'FAIL', finds: 'a node that holds volumes, or that the DaemonSet counts, has no daemon' },
  'daemon-not-ready': { level: 'FAIL', finds: 'a daemon is not ready, with its reasons' },
  'daemon-old': { level: 'WARN', finds: 'a daemon is older than the newest one' },
  'versions-differ': { level: 'WARN', finds: 'the newest daemon and the plugin have different versions' },
  'base-directory-unusable': {
    level: 'FAIL',
    finds: 'a base directory is missing, read-only, replaced, not mounted or otherwise unusable',
  },
  'base-directory-in-memory': { level: 'WARN', finds: 'a base directory lies on tmpfs, ramfs or overlay' },
  'base-directory-almost-full': {
    level: 'WARN',
    finds: 'less than a tenth of its bytes or a twentieth of its inodes is free',
  },
  'base-directory-elsewhere': { level: 'WARN', finds: 'the pod may have mounted another directory of the node there' },
  'limits-not-held': { level: 'FAIL', finds: 'volumes have limits, and the kernel does not hold them' },
  'promised-too-much': { level: 'WARN', finds: 'volumes were promised more than the base directory has' },
  'claim-pending': { level: 'FAIL', finds: 'a claim waits, and an Event of the daemon says why' },
  'claim-without-daemon': { level: 'FAIL', finds: 'a claim waits for a node that has no ready daemon' },
  'claim-class-missing': { level: 'WARN', finds: 'a claim waits for a class that does not exist' },
  'claim-not-served': { level: 'FAIL', finds: 'a claim waits for a class whose provisioner is not served' },
  'claim-unanswered': { level: 'WARN', finds: 'a claim waits for more than a minute, and no Event says why' },
  'claim-cannot-grow': { level: 'WARN', finds: 'a claim asks for more than its volume can have' },
  'claim-lost': { level: 'FAIL', finds: 'the volume of a bound claim does not exist any more' },
  'volume-directory-missing': { level: 'FAIL', finds: 'the directory of a volume in use is gone' },
  'volume-elsewhere': { level: 'WARN', finds: 'a volume in use lies in no base directory of its daemon' },
  'volume-over-request': { level: 'WARN', finds: 'a volume uses more than its size' },
  'volume-of-lost-node': { level: 'FAIL', finds: 'the node of a volume does not exist any more' },
  'volume-not-deleted': {
    level: 'WARN',
    finds: 'a Released volume is not deleted: no daemon is there, or it says why',
  },
  'finalizer-hangs': { level: 'WARN', finds: 'a volume is being deleted, and no daemon can take its finalizer off' },
  orphans: { level: 'WARN', finds: 'a base directory has directories without a record' },
  'kept-directories': {
    level: 'WARN',
    finds: 'a node keeps directories of another cluster, of an unknown one, or abandoned ones',
  },
  'trash-large': { level: 'WARN', finds: 'the trash takes a tenth of a disk or more' },
  'class-immediate': { level: 'WARN', finds: 'a class binds immediately, and the cluster has several nodes' },
  'class-not-served': {
    level: 'WARN',
    finds: 'nobody serves the provisioner of a class, and its name resembles one that is served',
  },
  'default-classes': { level: 'WARN', finds: 'several classes are the default, one of them of the daemon' },
  'daemon-right-missing': { level: 'FAIL', finds: 'the API server refuses a daemon what it needs' },
  unread: { level: 'WARN', finds: 'something could not be read, so that other checks could not be made' },
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof checks;

/** @param command that mends it, or shows more */
export const finding = (check: CheckName, subject: string, text: string, command: string): Finding => ({
  level: checks[check].level,
  check,
  subject,
  text,
  command,
});
