import * as fs from 'node:fs';
import { join } from 'node:path';
import { emptyDirSync } from 'fs-extra/esm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { erase } from '../../../src/disk/trash/erase.ts';
import { memory } from '../../support/memory.ts';
import { others } from './interleaved-calls.ts';
import { neverOver, temporaryDirectory, treeOf } from './support.ts';

vi.mock('node:fs', async (importOriginal) => {
  const { interleaved } = await import('./interleaved-calls.ts'); // this is called before the imports above
  const original = await importOriginal<typeof import('node:fs')>();
  return interleaved(original, ['openSync', 'fstatSync', 'opendirSync', 'renameSync', 'unlinkSync', 'rmdirSync']);
});

const real = await vi.importActual<typeof import('node:fs')>('node:fs');

afterEach(() => {
  others.turn = () => undefined;
});

/** A trash with one volume: `directory/{a/{x/{data,z/data},data},b/,data}`, and beside it a decoy of the same shape. */
function newTrash() {
  const parent = temporaryDirectory(memory);
  const trash = join(parent, 'trash');
  const decoy = join(parent, 'decoy');
  const fill = (path: string) => {
    for (const name of ['a/x/z', 'b']) real.mkdirSync(join(path, name), { recursive: true });
    for (const name of ['data', 'a/data', 'a/x/data', 'a/x/z/data']) real.writeFileSync(join(path, name), 'precious');
  };
  fill(join(trash, 'pvc-1', 'directory'));
  fill(decoy);
  real.writeFileSync(join(trash, 'pvc-1', 'record.json'), '{}');
  /** Descriptors that a process of the tenant holds: they lead to the directories wherever these are moved. */
  const held = ['', 'a', 'a/x', 'a/x/z', 'b'].map((name) =>
    real.openSync(join(trash, 'pvc-1', 'directory', name), 'r'),
  );
  return { trash, decoy, held };
}

function eraseTrash({ trash, held }: ReturnType<typeof newTrash>) {
  try {
    return erase({ parent: trash, shownParent: trash, volume: 'pvc-1', hasRecord: true }, neverOver);
  } finally {
    for (const descriptor of held) real.closeSync(descriptor);
  }
}

/** What a tenant may do to the directories that it holds, as far as they are still there. */
const attacks: [string, (directory: string, decoy: string) => void][] = [
  [
    'swaps every directory for a link to the decoy',
    (directory, decoy) => {
      for (const name of ['a', 'b', 'x', 'z']) {
        real.renameSync(join(directory, name), join(directory, `away-${name}`));
        real.symlinkSync(decoy, join(directory, name));
      }
    },
  ],
  [
    'swaps every file for a link to the decoy',
    (directory, decoy) => {
      real.renameSync(join(directory, 'data'), join(directory, 'away'));
      real.symlinkSync(decoy, join(directory, 'data'));
    },
  ],
  [
    'swaps every file for a directory',
    (directory) => {
      real.unlinkSync(join(directory, 'data'));
      real.mkdirSync(join(directory, 'data', 'deep'), { recursive: true });
    },
  ],
  [
    'swaps every directory for a file',
    (directory) => {
      for (const name of ['a', 'b', 'x', 'z']) {
        real.renameSync(join(directory, name), join(directory, `away-${name}`));
        real.writeFileSync(join(directory, name), '');
      }
    },
  ],
  ['removes everything', (directory) => emptyDirSync(directory)],
  [
    'adds a link to the decoy and a directory',
    (directory, decoy) => {
      real.symlinkSync(decoy, join(directory, 'new-link'));
      real.mkdirSync(join(directory, 'new'));
    },
  ],
];

function attackAll(held: number[], decoy: string, attack: (directory: string, decoy: string) => void): void {
  for (const descriptor of held) {
    try {
      attack(`/proc/self/fd/${descriptor}`, decoy);
    } catch (error) {
      // What the tenant wants to swap is not there, or the directory itself is gone.
      if (!['ENOENT', 'EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

describe('before each single call, a tenant', () => {
  test.each(attacks)('%s: nothing outside is changed, and the volume is erased', (_, attack) => {
    let calls = 0;
    const quiet = newTrash();
    others.turn = () => {
      calls++;
    };
    expect(eraseTrash(quiet)).toMatchObject({ result: 'erased' });
    const total = calls;
    expect(total).toBeGreaterThan(20);

    for (let at = 0; at < total; at++) {
      const attacked = newTrash();
      const before = treeOf(attacked.decoy);
      let call = 0;
      others.turn = () => {
        if (call++ === at) attackAll(attacked.held, attacked.decoy, attack);
      };
      expect(eraseTrash(attacked), `attacked before call ${at}`).toMatchObject({ result: 'erased' });
      expect(treeOf(attacked.decoy), `attacked before call ${at}`).toEqual(before);
      expect(fs.readdirSync(attacked.trash)).toEqual([]);
    }
  });

  test('does the worst again and again: nothing outside is changed, and the erasing ends', () => {
    const attacked = newTrash();
    const before = treeOf(attacked.decoy);
    others.turn = () => {
      for (const [, attack] of attacks) attackAll(attacked.held, attacked.decoy, attack);
    };
    eraseTrash(attacked);
    expect(treeOf(attacked.decoy)).toEqual(before);
  });
});

test('leaves a directory into which somebody goes on writing, says so, and ends', () => {
  const { trash, decoy, held } = newTrash();
  let count = 0;
  others.turn = () => {
    try {
      real.writeFileSync(`/proc/self/fd/${held[4]}/new-${count++}`, '');
    } catch {
      // It was erased, which is as well.
    }
  };
  const before = treeOf(decoy);
  const left = eraseTrash({ trash, decoy, held });
  expect(left).toMatchObject({
    result: 'left',
    problems: [expect.stringMatching(/stop the process/)],
  });
  expect(treeOf(decoy)).toEqual(before);
  others.turn = () => undefined;
  expect(erase({ parent: trash, shownParent: trash, volume: 'pvc-1', hasRecord: true }, neverOver).result).toBe(
    'erased',
  );
});
