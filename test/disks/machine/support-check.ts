/**
 * `node test/disks/machine/support-check.ts XFS_DEVICE EXT4_DEVICE`: proves what the storage says of a disk that holds limits, or
 * could with a command that it names. Prints `ok NAME` or `not ok NAME: why` for each, and ends with an error if one fails. Needs
 * root, mkfs, and two unmounted devices, whose content is lost.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVolumeStorage } from '../../../src/disk/file-system-storage.ts';
import { setProject } from '../../../src/disk/native/project.ts';
import type { QuotaSupport } from '../../../src/disk/port.ts';

const [xfsDevice, ext4Device] = process.argv.slice(2);
if (xfsDevice === undefined || ext4Device === undefined) throw new Error('give a device for XFS and one for ext4');

const devices = { xfs: xfsDevice, ext4: ext4Device };

interface Case {
  name: string;
  kind: keyof typeof devices;
  /** Options of mkfs and of mount. */
  make?: string[];
  mount?: string;
  /** Before the base directory is used. */
  prepare?: (basePath: string) => Promise<void>;
  /** Before it is mounted: what the message tells to do. */
  remedy?: string[];
  /** Undefined if limits hold. */
  message: RegExp | undefined;
}

const withFeatures = ['-O', 'project,quota'];

const cases: Case[] = [
  { name: 'XFS with prjquota holds limits', kind: 'xfs', mount: 'prjquota', message: undefined },
  { name: 'XFS that only counts begins to hold limits', kind: 'xfs', mount: 'pqnoenforce', message: undefined },
  { name: 'XFS without an option names the option', kind: 'xfs', message: /option prjquota.*rootflags=prjquota/ },
  { name: 'ext4 with its features begins to hold limits', kind: 'ext4', make: withFeatures, message: undefined },
  {
    name: 'ext4 without its features names the command',
    kind: 'ext4',
    message: /tune2fs -O project,quota -Q prjquota/,
  },
  {
    name: 'ext4 holds limits after that command',
    kind: 'ext4',
    remedy: ['tune2fs', '-O', 'project,quota', '-Q', 'prjquota', devices.ext4],
    message: undefined,
  },
  {
    name: 'a base directory that hands down its project is refused, with the command',
    kind: 'xfs',
    mount: 'prjquota',
    async prepare(basePath) {
      const descriptor = openSync(basePath, 'r');
      await setProject(descriptor, { id: 7, inherit: true });
      closeSync(descriptor);
    },
    message: /chattr -P/,
  },
];

function run(program: string, ...options: string[]): void {
  execFileSync(program, options, { stdio: ['ignore', 'ignore', 'pipe'] });
}

async function supportIn({ kind, make = [], mount = 'defaults', prepare, remedy = [] }: Case): Promise<QuotaSupport> {
  const point = mkdtempSync(join(tmpdir(), 'support-'));
  run(`mkfs.${kind}`, kind === 'xfs' ? '-f' : '-F', '-q', ...make, devices[kind]);
  const [program, ...options] = remedy;
  if (program !== undefined) run(program, ...options);
  run('mount', '-o', mount, devices[kind], point);
  try {
    const basePath = join(point, 'base');
    mkdirSync(basePath);
    await prepare?.(basePath);
    const storage = openVolumeStorage({ basePath, nodeName: 'node-1', knownBases: () => [] });
    const support = await storage.quotaSupport();
    await storage.close();
    return support;
  } finally {
    run('umount', point);
  }
}

for (const each of cases) {
  try {
    const support = await supportIn(each);
    if (each.message === undefined) assert.deepEqual(support, { by: 'project' });
    else assert.match('message' in support ? support.message : 'limits hold', each.message);
    console.log(`ok ${each.name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`not ok ${each.name}: ${error instanceof Error ? error.message.replaceAll('\n', ' ') : error}`);
  }
}
