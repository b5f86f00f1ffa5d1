import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { calls } from '../../../src/disk/calls.ts';
import { memory } from '../../support/memory.ts';
import { afterRetention, make, prepared, reference, removedAt, type Scenario, scenarios, trashKept } from './deeds.ts';
import { crashBefore, journeyOf } from './faults.ts';
import { newStorage, openStorage, recordOf, volume } from './support.ts';

describe('what a killed process may not have made durable is fsynced by the next', () => {
  const resting: Scenario[] = [
    ...scenarios,
    {
      deed: 'adoptDirectory',
      prepare: async (storage, basePath) => {
        await storage.inspect();
        mkdirSync(join(basePath, volume));
      },
      run: async (storage) => {
        await storage.adoptDirectory(recordOf(volume));
      },
    },
    {
      deed: 'eraseTrash after its retention',
      prepare: async (storage, basePath) => {
        vi.setSystemTime(removedAt);
        await trashKept(storage, basePath);
        vi.setSystemTime(afterRetention);
      },
      run: (storage) => storage.eraseTrash(volume),
    },
  ];

  /** They end with the removal of what would be removed again, were it to come back. */
  const endWithRemoval = ['undoDirectory', 'restoreDirectory', 'takeOver of what was restored in part'];

  test.each(resting)('$deed', async (scenario) => {
    const { effects } = await reference(scenario);
    const last = effects.length - (endWithRemoval.includes(scenario.deed) ? 2 : 0);
    for (let n = 0; n <= last; n++) {
      const { storage, basePath } = await prepared(scenario);
      const before = await journeyOf(basePath, () => crashBefore(n, () => scenario.run(storage)));
      const unsure = directoriesLeftUnsure(before).filter((path) => existsSync(join(basePath, path)));
      const again = await journeyOf(basePath, () => scenario.run(openStorage(basePath)));
      expect(
        unsure.filter((path) => !again.includes(`fsync ${path}`)),
        `killed before ${n} of ${effects}`,
      ).toEqual([]);
    }
  });

  /** Directories whose names were changed, without an fsync after the last change. */
  function directoriesLeftUnsure(journey: string[]): string[] {
    const unsure = new Set<string>();
    for (const [effect, ...paths] of journey.map((step) => step.split(' '))) {
      if (effect === 'fsync') unsure.delete(paths[0] ?? '');
      if (!['mkdir', 'rename', 'link', 'unlink', 'rmdir'].includes(effect ?? '')) continue;
      for (const path of paths) if (!path.endsWith('temporary')) unsure.add(dirname(path));
    }
    return [...unsure];
  }
});

describe('each step is durable before the next', () => {
  // A crash of the machine may lose whatever was not fsynced, or the one of two steps that came first.
  const ours = '.hostpath-provisioner';

  test('content of the record, then its name, directory and mode, in the order that a file system keeps', async () => {
    const { storage, basePath } = newStorage(memory);
    await storage.inspect();
    expect(await journeyOf(basePath, () => make(storage))).toEqual([
      `writeFile ${ours}/temporary`,
      `rename ${ours}/temporary ${ours}/volumes/${volume}.json`,
      `mkdir ${volume}`,
      `fchmod ${volume}`,
      `fchown ${volume}`,
      `fsync ${ours}/volumes`,
      'fsync .',
      `fsync ${volume}`,
    ]);
  });

  test('the file is fsynced before it is put in place', async () => {
    const { storage } = newStorage(memory);
    await storage.inspect();
    const write = vi.spyOn(calls, 'writeFile');
    await make(storage);
    expect(write).toHaveBeenCalledWith(expect.any(String), expect.any(String), {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
    write.mockRestore();
  });

  test('removal: the record stays until the directory is gone', async () => {
    const { storage, basePath } = newStorage(memory);
    await make(storage);
    expect(await journeyOf(basePath, () => storage.undoDirectory(volume))).toEqual([
      `rmdir ${volume}`,
      'fsync .',
      `unlink ${ours}/volumes/${volume}.json`,
      `fsync ${ours}/volumes`,
    ]);
  });

  test('trash: the directory is there before its record follows', async () => {
    const { storage, basePath } = newStorage(memory);
    await make(storage);
    expect(await journeyOf(basePath, () => storage.trashDirectory(volume))).toEqual([
      `mkdir ${ours}/trash/${volume}`,
      `rename ${volume} ${ours}/trash/${volume}/directory`,
      `fsync ${ours}/trash`,
      `fsync ${ours}/trash/${volume}`,
      'fsync .',
      `rename ${ours}/volumes/${volume}.json ${ours}/trash/${volume}/record.json`,
      `fsync ${ours}/trash/${volume}`,
      `fsync ${ours}/volumes`,
    ]);
  });
});
