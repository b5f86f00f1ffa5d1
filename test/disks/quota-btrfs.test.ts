import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { calls } from '../../src/disk/calls.ts';
import type { VolumeStorage } from '../../src/disk/port.ts';
import { firstId } from '../../src/disk/quota/ids.ts';
import { shippedCapabilities, withCapabilities } from '../support/capabilities.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { anybody, eraseWhole, openStorage, recordOf, refusalOf, volume } from '../unit/disk/support.ts';
import { Disk, workplace } from './disk.ts';
import { obstacles } from './obstacles.ts';
import { controlQuotas, withoutSimpleQuotas } from './quotas.ts';

const mib = 2 ** 20;
const limit = { bytes: 20 * mib };
const limited = { ...anybody, limit };
const other = 'pvc-5e0c7d0a-0000-4000-8000-000000000002';

/** The process is as if killed before a system call of ours: neither that nor anything later happens. */
const kill = vi.hoisted(() => ({ afterCalls: Number.POSITIVE_INFINITY, made: 0 }));

vi.mock('../../src/disk/native/c-library.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/disk/native/c-library.ts')>();
  const call: typeof original.call = (wanted) => {
    if (kill.made === kill.afterCalls) return Promise.reject(new Error('killed'));
    kill.made += 1;
    return original.call(wanted);
  };
  return { ...original, call };
});

/** @returns whether it was killed, as it made more calls than that */
async function killedAfter(count: number, operation: () => Promise<unknown>): Promise<boolean> {
  const { calls } = await import('../../src/disk/calls.ts'); // of the process that `restarted` began
  const originals = { ...calls };
  Object.assign(kill, { made: 0, afterCalls: count });
  for (const name of Object.keys(calls) as (keyof typeof calls)[]) {
    const alive = (...args: unknown[]) =>
      kill.made === kill.afterCalls ? Promise.reject(new Error('killed')) : Reflect.apply(originals[name], calls, args);
    Reflect.set(calls, name, alive);
  }
  try {
    return await operation().then(
      () => false,
      () => true,
    );
  } finally {
    Object.assign(calls, originals);
    kill.afterCalls = Number.POSITIVE_INFINITY;
  }
}

/** Appends as a tenant until no more can be written. @returns how much could be */
function fill(path: string): number {
  const script = `const fs = require('node:fs'); const file = fs.openSync(process.argv[1], 'a'); let written = 0;
    try { for (; written < ${100 * mib}; written += 65536) fs.writeSync(file, Buffer.alloc(65536, 'x')); } catch {}
    console.log(written);`;
  const told = spawnSync(process.execPath, ['-e', script, path], { uid: 1000, gid: 1000, encoding: 'utf8' });
  return Number(told.stdout);
}

function expectHeld(path: string, bytes = limit.bytes): void {
  const written = fill(join(path, 'data'));
  expect(written).toBeLessThanOrEqual(bytes);
  expect(written).toBeGreaterThan(bytes - 2 * mib);
}

describeUnless('disks', [...obstacles(), ...withoutSimpleQuotas()])('limits on btrfs', () => {
  let point: string;
  let basePath: string;
  let storage: VolumeStorage;

  beforeEach(() => {
    ({ point } = new Disk('btrfs', workplace(), { sizeMiB: 512, mount: 'commit=1' }).mount());
    controlQuotas(point, 'enableSimple');
    basePath = join(point, 'base');
    mkdirSync(basePath);
    storage = openStorage(basePath);
  });

  /** The storage of another process: it knows nothing of what this one did. */
  async function restarted(): Promise<VolumeStorage> {
    vi.resetModules();
    const { openVolumeStorage } = await import('../../src/disk/file-system-storage.ts');
    const opened = openVolumeStorage({ basePath, nodeName: 'node-1', knownBases: () => [] });
    onTestFinished(() => opened.close());
    return opened;
  }

  test('hold, as a program finds that needs no test runner', () => {
    const program = join(import.meta.dirname, 'machine/quota-check.ts');
    const { stdout, stderr, status } = spawnSync(process.execPath, [program, point], { encoding: 'utf8' });
    const failed = stdout.split('\n').filter((line) => line.startsWith('not ok'));
    expect({ failed, stderr, status }).toEqual({ failed: [], stderr: '', status: 0 });
    expect(stdout.split('\n').length).toBeGreaterThan(8);
  });

  test('are read with what is used of them, and only where there is one', async () => {
    const { path } = await storage.makeDirectory(recordOf(volume), limited);
    await storage.makeDirectory(recordOf(other), anybody);
    writeFileSync(join(path, 'data'), Buffer.alloc(mib, 'x'));
    execFileSync('btrfs', ['filesystem', 'sync', point]);
    const usage = await storage.readUsage(volume);
    expect(usage).toMatchObject({ sizeBytes: limit.bytes, inodes: undefined });
    expect(usage?.usedBytes).toBeGreaterThanOrEqual(mib);
    expect(usage?.availableBytes).toBe(limit.bytes - (usage?.usedBytes ?? 0));
    expect(await storage.readUsage(other)).toBeUndefined();
    controlQuotas(point, 'disable');
    expect(await storage.readUsage(volume)).toBeUndefined();
  });

  test('are read with the size of now: after a volume grew, and after it was made anew', async () => {
    const sizeOf = async () => (await storage.readUsage(volume))?.sizeBytes;
    await storage.makeDirectory(recordOf(volume), limited);
    expect(await sizeOf()).toBe(limit.bytes);
    await storage.growDirectory(volume, { capacity: '40Mi', limit: { bytes: 40 * mib } });
    expect(await sizeOf()).toBe(40 * mib);
    await storage.undoDirectory(volume);
    await storage.makeDirectory(recordOf(volume), limited);
    expect(await sizeOf()).toBe(limit.bytes);
  });

  test('count the subvolumes that a tenant makes in its volume', async () => {
    const { path } = await storage.makeDirectory(recordOf(volume), limited);
    const asTenant = ['--reuid=1000', '--regid=1000', '--clear-groups', 'btrfs', 'subvolume', 'create', 'mine'];
    execFileSync('setpriv', asTenant, { cwd: path });
    expectHeld(join(path, 'mine'));
  });

  test('leave the record, the limit and the directory as they are to be, whenever the daemon is killed', async () => {
    let count = 0;
    for (let isKilled = true; isKilled; count++) {
      const name = `pvc-made-${count}`;
      isKilled = await killedAfter(count, () => storage.makeDirectory(recordOf(name), limited));
      storage = await restarted();
      const { path } = await storage.makeDirectory(recordOf(name), limited);
      expectHeld(path);
      await storage.trashDirectory(name);
      await eraseWhole(storage, name);
    }
    expect(count).toBeGreaterThan(4);
  });

  test('grow before the record says so, whenever the daemon is killed', async () => {
    const grown = { capacity: '30Mi', limit: { bytes: 30 * mib } };
    const { path } = await storage.makeDirectory(recordOf(volume), limited);
    for (let count = 0; await killedAfter(count, () => storage.growDirectory(volume, grown)); count++) {
      expect((await storage.readRecord(volume))?.quota?.bytes).toBe(limit.bytes);
    }
    expect((await storage.readRecord(volume))?.quota?.bytes).toBe(grown.limit.bytes);
    storage = await restarted();
    await storage.growDirectory(volume, grown);
    await storage.growDirectory(volume, { capacity: '10Mi', limit: { bytes: 10 * mib } });
    expect((await storage.readRecord(volume))?.quota?.bytes).toBe(grown.limit.bytes);
    expectHeld(path, grown.limit.bytes);
  });

  test('hold the directory of an earlier try that had none', async () => {
    await storage.makeDirectory(recordOf(volume), anybody);
    const { path } = await storage.makeDirectory(recordOf(volume), limited);
    expectHeld(path);
  });

  test('are refused for a directory that somebody put something in', async () => {
    const { path } = await storage.makeDirectory(recordOf(volume), anybody);
    writeFileSync(join(path, 'data'), 'x');
    const refusal = await refusalOf(storage.makeDirectory(recordOf(volume), limited));
    expect(refusal.reason).toBe('DirectoryNotEmpty');
  });

  test('are removed when no volume comes of a directory', async () => {
    await storage.makeDirectory(recordOf(volume), limited);
    await storage.undoDirectory(volume);
    expect(await storage.find(volume)).toMatchObject({ record: undefined, place: 'nowhere' });
  });

  test('never share an id, also among base directories on the same disk', async () => {
    const second = join(point, 'second');
    mkdirSync(second);
    const storages = [storage, openStorage(second)];
    const volumes = Array.from({ length: 20 }, (_, index) => `pvc-${index}`);
    await Promise.all(volumes.map((name, index) => storages[index % 2]?.makeDirectory(recordOf(name), limited)));
    const records = await Promise.all(volumes.map((name, index) => storages[index % 2]?.readRecord(name)));
    const ids = records.map((record) => record?.quota?.id ?? 0);
    expect(new Set(ids).size).toBe(volumes.length);
    expect(Math.max(...ids)).toBe(firstId + volumes.length - 1);
  });

  const groups = () =>
    readdirSync(
      `/sys/fs/btrfs/${execFileSync('findmnt', ['-no', 'UUID', point], { encoding: 'utf8' }).trim()}/qgroups`,
    );
  const untilForgotten = { timeout: 120_000, interval: 500 };

  test('give an id again once the kernel has forgotten the erased volume, also after a restart', {
    timeout: 240_000,
  }, async () => {
    await storage.makeDirectory(recordOf(volume), limited);
    await storage.trashDirectory(volume);
    await eraseWhole(storage, volume);
    await storage.close();
    storage = await restarted();
    await storage.makeDirectory(recordOf(other), limited);
    expect((await storage.readRecord(other))?.quota?.id).toBe(firstId + 1);

    await expect.poll(groups, untilForgotten).not.toContain(`1_${firstId}`);
    await storage.makeDirectory(recordOf(volume), limited);
    expect((await storage.readRecord(volume))?.quota?.id).toBe(firstId);
  });

  test('leave an id alone that another process began to use since the ids were read', async () => {
    await storage.makeDirectory(recordOf(volume), limited);
    execFileSync('btrfs', ['qgroup', 'create', `1/${firstId + 1}`, point]);
    await storage.makeDirectory(recordOf(other), limited);
    expect((await storage.readRecord(other))?.quota?.id).toBe(firstId + 2);
  });

  test('are seen not to hold once quotas are turned off, also after a restart; without a limit, nobody asks', async () => {
    await storage.makeDirectory(recordOf(other), anybody);
    expect(await storage.limitSupport()).toBeUndefined();
    await storage.makeDirectory(recordOf(volume), limited);
    expect(await storage.limitSupport()).toEqual({ by: 'subvolume' });
    controlQuotas(point, 'disable');
    const message = expect.stringContaining(`btrfs quota enable --simple ${basePath}`);
    expect(await storage.limitSupport()).toEqual({ by: undefined, message });
    storage = await restarted();
    expect(await storage.limitSupport()).toEqual({ by: undefined, message });
  });

  test('are given back by nobody while the records of another base directory cannot be read', {
    timeout: 240_000,
  }, async () => {
    await storage.makeDirectory(recordOf(volume), limited);
    execFileSync('btrfs', ['qgroup', 'create', `1/${firstId + 1}`, point]);
    storage = await restarted();
    const { openVolumeStorage } = await import('../../src/disk/file-system-storage.ts');
    const { OpenBase } = await import('../../src/disk/base/open-base.ts');
    const basePath = join(point, 'missing/base');
    const missing = openVolumeStorage({ basePath, nodeName: 'node-1', knownBases: () => [] });
    onTestFinished(() => missing.close());
    const opened = vi.spyOn(OpenBase, 'open');
    await storage.makeDirectory(recordOf(other), limited);
    await expect.poll(() => opened.mock.calls.map(([path]) => path), untilForgotten).toContain(basePath);
    expect(groups()).toContain(`1_${firstId + 1}`);
    await missing.close();
    await expect.poll(groups, untilForgotten).not.toContain(`1_${firstId + 1}`);
  });

  test('are given back when a volume is erased in its place, as a full disk has no room for the move', async () => {
    const { path } = await storage.makeDirectory(recordOf(volume), limited);
    writeFileSync(join(path, 'data'), 'x');
    const mkdir = vi
      .spyOn(calls, 'mkdir')
      .mockRejectedValue(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', errno: -28, syscall: 'mkdir' }));
    await storage.trashDirectory(volume).finally(() => mkdir.mockRestore());
    expect(await storage.listRecords()).toEqual([]);
    await expect.poll(groups, untilForgotten).not.toContain(`1_${firstId}`);
  }, 240_000);

  /** Asks until the copy is whole. The first failure ends that. */
  async function copyWhole(name: string, options = limited): Promise<string> {
    const record = recordOf(name);
    while ((await storage.cloneDirectory(record, { ...options, source: volume })).state !== 'done') await sleep(5);
    return join(basePath, name);
  }

  test('hold a copy, and count it in full, whenever the daemon is killed', async () => {
    const { path } = await storage.makeDirectory(recordOf(volume), limited);
    writeFileSync(join(path, 'shared'), Buffer.alloc(8 * mib, 'messages'));
    let count = 0;
    for (let isKilled = true; isKilled; count++) {
      const name = `pvc-copied-${count}`;
      isKilled = await killedAfter(count, () => copyWhole(name));
      await storage.close();
      storage = await restarted();
      const copy = await copyWhole(name);
      expect(existsSync(join(copy, 'shared'))).toBe(true);
      expect((await storage.readRecord(name))?.quota).toMatchObject(limit);
      expectHeld(copy, limit.bytes - 8 * mib);
      await storage.trashDirectory(name);
      await eraseWhole(storage, name);
    }
    expect(count).toBeGreaterThan(4);
  });

  test('refuse what does not fit into a copy, of which nothing is left once it is undone', async () => {
    const { path } = await storage.makeDirectory(recordOf(volume), anybody);
    writeFileSync(join(path, 'large'), Buffer.alloc(30 * mib, 'messages'));
    const { reason, message } = await refusalOf(copyWhole(other));
    expect(reason).toBe('LimitTooSmall');
    expect(message).toMatch(/does not fit into 20 MiB, the limit of the new volume/);
    await storage.undoDirectory(other);
    await eraseWhole(storage, other);
    expect(await storage.find(other)).toMatchObject({ record: undefined, place: 'nowhere' });
  });

  test.each<[what: string, prepare: () => void, message: RegExp]>([
    ['without quotas', () => controlQuotas(point, 'disable'), /btrfs quota enable --simple .*btrfs-progs 6\.7/],
    [
      'with other quota groups',
      () => {
        controlQuotas(point, 'disable');
        controlQuotas(point, 'enable');
      },
      /btrfs quota disable .*btrfs quota enable --simple .*btrfs-progs 6\.7/,
    ],
  ])('need simple quotas: %s, a claim is told the command', async (_, prepare, message) => {
    prepare();
    expect(await storage.quotaSupport()).toEqual({ by: undefined, message: expect.stringMatching(message) });
    const refusal = await refusalOf(storage.makeDirectory(recordOf(volume), limited));
    expect(refusal.message).toMatch(message);
    expect(await storage.find(volume)).toMatchObject({ record: undefined, place: 'nowhere' });
  });

  test('need a capability that the daemon is told of; volumes are erased without it', async () => {
    await storage.makeDirectory(recordOf(volume), limited);
    await storage.trashDirectory(volume);
    const script = `
      const { openVolumeStorage } = await import('./src/disk/file-system-storage.ts');
      const storage = openVolumeStorage({ basePath: ${JSON.stringify(basePath)}, nodeName: 'node-1', knownBases: () => [] });
      const support = await storage.quotaSupport();
      const { result } = await storage.eraseTrash(${JSON.stringify(volume)});
      await storage.close();
      console.log(JSON.stringify({ support, result }));`;
    const [program = '', ...options] = [...withCapabilities(shippedCapabilities), process.execPath, '-e', script];
    const told = JSON.parse(execFileSync(program, options, { encoding: 'utf8' }));
    expect(told.result).toBe('erased');
    expect(told.support.message).toMatch(/capability SYS_ADMIN.*quotas\.enabled=true/);
  });
});
