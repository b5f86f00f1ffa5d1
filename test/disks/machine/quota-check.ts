/**
 * `node test/disks/machine/quota-check.ts MOUNTPOINT`: proves that limits hold on the file system there, as root. Prints
 * `ok NAME` or `not ok NAME: why` for each check, and ends with an error if one fails. Needs no test runner, so that it also runs
 * in a machine that has nothing but Node.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { OpenBase } from '../../../src/disk/base/open-base.ts';
import { openVolumeStorage } from '../../../src/disk/file-system-storage.ts';
import { createGroup } from '../../../src/disk/native/btrfs.ts';
import { callNow } from '../../../src/disk/native/c-library.ts';
import { setProject } from '../../../src/disk/native/project.ts';
import { setProjectLimit } from '../../../src/disk/native/quotactl.ts';
import type { VolumeStorage } from '../../../src/disk/port.ts';
import { firstId } from '../../../src/disk/quota/ids.ts';
import { projectQuotas } from '../../../src/disk/quota/project-quotas.ts';
import type { Limit, Quota } from '../../../src/model/volume-record.ts';
import { until } from '../../support/until.ts';
import { limitedRecord } from './limited-record.ts';

const mib = 2 ** 20;
const limit: Limit = { bytes: 20 * mib, inodes: 100 };

/** Space that a file system may keep for itself: blocks of metadata, and what is written later than counted. */
const toleranceBytes = 2 * mib;

const limitReached = [-constants.errno.ENOSPC, -constants.errno.EDQUOT];

/** What a pod does: appends to a file until it is as large as told or the limit is reached, then says which. */
const appender = `
  const { appendFileSync, openSync, fsyncSync } = require('node:fs');
  const [path, bytes, patient] = process.argv.slice(1);
  const file = openSync(path, 'a');
  let written = 0, wasFull = false;
  const step = () => {
    try {
      while (written < Number(bytes)) { appendFileSync(file, Buffer.alloc(65536, 'x')); written += 65536; }
      fsyncSync(file);
      console.log(JSON.stringify({ written }));
    } catch (error) {
      if (!wasFull) console.log(JSON.stringify({ written, errno: error.errno }));
      wasFull = true;
      if (patient) setTimeout(step, 20);
    }
  };
  step();`;

interface Appended {
  written: number;
  /** Of the write that failed. */
  errno?: number;
}

interface Tenant {
  uid: number;
  gid: number;
}

const root: Tenant = { uid: 0, gid: 0 };
const tenant: Tenant = { uid: 1000, gid: 1000 };

function append(path: string, bytes: number, who: Tenant): Appended {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', appender, path, String(bytes)], {
    ...who,
    encoding: 'utf8',
  });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

/** Makes as many empty files as it can. @returns the errno of the first one that failed */
function makeFiles(path: string, count: number): { made: number; errno?: number } {
  const script = `
    const { writeFileSync } = require('node:fs');
    const [path, count] = process.argv.slice(1);
    let made = 0, errno;
    try { for (; made < Number(count); made++) writeFileSync(path + '/file-' + made, ''); } catch (error) { errno = error.errno; }
    console.log(JSON.stringify({ made, errno }));`;
  return JSON.parse(
    spawnSync(process.execPath, ['-e', script, path, String(count)], { ...tenant, encoding: 'utf8' }).stdout,
  );
}

/** Root passes the limits of ext4 with this capability, which containers do not have. */
function dropSysResource(): void {
  const prctl = { x64: 157, arm64: 167 }[process.arch as 'x64' | 'arm64'];
  const [dropFromBoundingSet, sysResource] = [24, 24];
  callNow({ name: 'syscall', args: [prctl, dropFromBoundingSet, sysResource, 0, null], shown: 'prctl' });
}

class Checks {
  readonly storage: VolumeStorage;
  readonly #basePath: string;
  readonly #mountPoint: string;
  #volumes = 0;
  hasFailed = false;

  constructor(mountPoint: string) {
    this.#mountPoint = mountPoint;
    this.#basePath = join(mountPoint, 'base');
    mkdirSync(this.#basePath, { recursive: true });
    this.storage = openVolumeStorage({ basePath: this.#basePath, nodeName: 'node-1', knownBases: () => [] });
  }

  async check(name: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
      console.log(`ok ${name}`);
    } catch (error) {
      this.hasFailed = true;
      console.log(`not ok ${name}: ${error instanceof Error ? error.message.replaceAll('\n', ' ') : error}`);
    }
  }

  async make(limited: Limit | undefined = limit): Promise<{ volume: string; path: string; quota: Quota }> {
    this.#volumes += 1;
    const record = limitedRecord(this.#volumes);
    const { volume } = record;
    const options = { mode: 0o777, owner: undefined, ...(limited && { limit: limited }) };
    const { path } = await this.storage.makeDirectory(record, options);
    const quota = (await this.storage.readRecord(volume))?.quota;
    assert(quota !== undefined, 'the record has no quota');
    return { volume, path, quota };
  }

  async erase(volume: string): Promise<void> {
    await this.storage.trashDirectory(volume);
    let erasure = await this.storage.eraseTrash(volume);
    while (erasure.result === 'unfinished') erasure = await this.storage.eraseTrash(volume);
    assert.deepEqual(erasure.result, 'erased');
  }

  /** Takes the first id as another tool would, without a word to us. An id without a directory would be freed after a while. */
  async takeAsOther(by: 'project' | 'subvolume'): Promise<void> {
    const directory = join(this.#mountPoint, 'of-another-tool');
    mkdirSync(directory);
    const descriptor = openSync(directory, 'r');
    try {
      if (by === 'project') {
        await setProjectLimit(descriptor, firstId, { bytes: 5 * mib, inodes: 0 });
        await setProject(descriptor, { id: firstId, inherit: true });
      } else {
        await createGroup(descriptor, { level: 1, id: firstId });
      }
    } finally {
      closeSync(descriptor);
    }
  }

  async knownIds(): Promise<number[]> {
    const base = await OpenBase.open(this.#basePath, undefined as never);
    try {
      return await projectQuotas.usedIds(base, firstId, firstId + 1_000);
    } finally {
      base.close();
    }
  }
}

function proveHeld({ written, errno }: Appended, bytes = limit.bytes): void {
  assert(
    errno !== undefined && limitReached.includes(errno),
    `the write of ${written} bytes ended with errno ${errno}`,
  );
  assert(written <= bytes && written >= bytes - toleranceBytes, `${written} bytes were written of ${bytes}`);
}

async function nextLine(child: ChildProcess): Promise<Appended> {
  assert(child.stdout !== null);
  const [line] = await once(createInterface(child.stdout), 'line');
  return JSON.parse(line);
}

/** @returns whether all is well */
async function main(mountPoint: string): Promise<boolean> {
  dropSysResource();
  chmodSync(mountPoint, 0o755);
  const checks = new Checks(mountPoint);
  const { storage } = checks;
  let by: 'project' | 'subvolume' | undefined;

  await checks.check('the file system can hold limits', async () => {
    const support = await storage.quotaSupport();
    assert(support.by !== undefined, 'message' in support ? support.message : '');
    by = support.by;
  });
  if (by === undefined) return false;
  const isProject = by === 'project';
  await checks.takeAsOther(by);

  const first = await checks.make();
  await checks.check('an id of another tool is skipped', async () => assert.equal(first.quota.id, firstId + 1));

  await checks.check('a process of uid 1000 is held to the limit', async () => {
    proveHeld(append(join(first.path, 'data'), 2 * limit.bytes, tenant));
  });
  const second = await checks.make();
  await checks.check('root is held to the limit', async () => {
    proveHeld(append(join(second.path, 'data'), 2 * limit.bytes, root));
  });
  const third = await checks.make();
  await checks.check('other volumes are not touched by a full one', async () => {
    assert.deepEqual(append(join(third.path, 'data'), 5 * mib, tenant), { written: 5 * mib });
  });

  if (isProject) {
    await checks.check('statfs shows the limit as the size, and what is left of it', async () => {
      const { bsize, blocks, bavail, files } = statfsSync(third.path);
      assert.deepEqual([blocks * bsize, files], [limit.bytes, limit.inodes]);
      const used = limit.bytes - bavail * bsize;
      assert(used >= 5 * mib && used <= 5 * mib + toleranceBytes, `${used} bytes are used`);
    });
    await checks.check('inodes are limited', async () => {
      const { made, errno } = makeFiles(third.path, 200);
      assert(errno !== undefined && limitReached.includes(errno), `${made} files, errno ${errno}`);
      assert.equal(made, (limit.inodes ?? 0) - 2, 'all inodes but those of the directory and its first file');
    });
    await checks.check('a deleted file is free space at once', async () => {
      const { path } = await checks.make();
      proveHeld(append(join(path, 'data'), 2 * limit.bytes, tenant));
      spawnSync('rm', [join(path, 'data')]);
      proveHeld(append(join(path, 'again'), 2 * limit.bytes, tenant));
    });
  }

  await checks.check('a volume grows while it is written to', async () => {
    const { volume, path } = await checks.make();
    const args = ['-e', appender, join(path, 'data'), String(30 * mib), 'patient'];
    const child = spawn(process.execPath, args, { ...tenant, stdio: ['ignore', 'pipe', 'inherit'] });
    proveHeld(await nextLine(child));
    await storage.growDirectory(volume, { capacity: '40Mi', limit: { bytes: 40 * mib, inodes: 200 } });
    assert.deepEqual(await nextLine(child), { written: 30 * mib });
    const record = await storage.readRecord(volume);
    assert.equal(record?.quota?.bytes, 40 * mib);
    assert.equal(record?.template?.capacity, '40Mi');
  });

  await checks.check('a full volume is moved to the trash with its quota', async () => {
    await storage.trashDirectory(first.volume);
    assert.deepEqual((await storage.readTrash(first.volume))?.record?.quota, first.quota);
  });

  await checks.check('a full volume is erased', () => checks.erase(first.volume));

  if (isProject) {
    await checks.check('the id of an erased volume is free again, and the kernel forgets it', async () => {
      // The kernel drops a quota without use and limits in a thread of its own.
      await until('the kernel forgets it', async () => !(await checks.knownIds()).includes(first.quota.id));
      assert.equal((await checks.make()).quota.id, first.quota.id);
    });
  } else {
    await checks.check('the id of an erased volume is not given again while the kernel counts for it', async () => {
      assert.notEqual((await checks.make()).quota.id, first.quota.id);
    });
  }
  await storage.close();
  return !checks.hasFailed;
}

const [mountPoint] = process.argv.slice(2);
if (mountPoint === undefined) throw new Error('give the mount point of a file system that may be filled');
if (!(await main(mountPoint))) process.exitCode = 1;
