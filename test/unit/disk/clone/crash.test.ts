import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stateName } from '../../../../src/disk/layout.ts';
import { crashBefore, effectsOf } from '../faults.ts';
import { eraseWhole, openStorage, treeOf, volume } from '../support.ts';
import { clone, cloneWhole, newSource, other, record, stateOf } from './clones.ts';

describe('a copy whose process is killed before any effect', () => {
  test('is whole after a repetition', async () => {
    const reference = await newSource();
    const effects = await effectsOf(() => cloneWhole(reference.storage));
    const expected = stateOf(reference.basePath);
    for (let n = 0; n <= effects.length; n++) {
      const { storage, basePath } = await newSource();
      await crashBefore(n, () => cloneWhole(storage));
      await storage.close();
      await cloneWhole(openStorage(basePath));
      expect(stateOf(basePath), `killed before effect ${n}, ${effects[n]}`).toEqual(expected);
    }
  });

  test('is never seen under its name before it is whole', async () => {
    const effects = await effectsOf(async () => cloneWhole((await newSource()).storage));
    const seen = new Set<string>();
    for (let n = 0; n <= effects.length; n++) {
      const { storage, basePath, path } = await newSource();
      await crashBefore(n, () => cloneWhole(storage));
      const placed = existsSync(join(basePath, other)) ? JSON.stringify(treeOf(join(basePath, other))) : 'nothing';
      expect(['nothing', JSON.stringify(treeOf(path))]).toContain(placed);
      seen.add(placed);
    }
    expect(seen.size).toBe(2);
  });

  test('is gone after it is undone, unless it has its name already', async () => {
    const effects = await effectsOf(async () => cloneWhole((await newSource()).storage));
    for (let n = 0; n <= effects.length; n++) {
      const { storage, basePath } = await newSource();
      const before = stateOf(basePath);
      await crashBefore(n, () => cloneWhole(storage));
      await storage.close();
      const next = openStorage(basePath);
      if ((await next.locate(other)) === 'base') continue;
      await next.undoDirectory(other);
      expect(await eraseWhole(next, other)).toMatchObject({ result: 'erased' });
      const { [`${stateName}/clones`]: _, ...after } = stateOf(basePath);
      expect(after, `killed before effect ${n}, ${effects[n]}`).toEqual(before);
    }
  });
});

test('undoing that is killed before any effect goes on, and nothing is left', async () => {
  for (let n = 0, isOver = false; !isOver; n++) {
    const { storage, basePath, unfinished, discarded } = await newSource();
    await clone(storage);
    const effects = await effectsOf(() => crashBefore(n, () => storage.undoDirectory(other)));
    isOver = effects.length <= n;
    const next = openStorage(basePath);
    await next.undoDirectory(other);
    expect([existsSync(unfinished), existsSync(discarded)], `killed before effect ${n}`).toEqual([false, true]);
    expect(await next.readTrash(other)).toEqual({ record, moveUnfinished: false, canBeRestored: false });
    await eraseWhole(next, other);
    expect(await next.listRecords()).toEqual([volume]);
  }
});
