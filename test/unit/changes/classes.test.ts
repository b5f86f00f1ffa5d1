import { beforeEach, describe, expect, test } from 'vitest';
import { Classes } from '../../../src/changes/classes.ts';
import type { StorageClassObject } from '../../../src/model/kubernetes.ts';
import { provisionerNames } from '../../support/build-views.ts';
import { listAnew } from '../../support/list-anew.ts';

const cls = (name: string, changes: Partial<StorageClassObject> = {}): StorageClassObject => ({
  metadata: { name },
  provisioner: 'hostpath-provisioner',
  ...changes,
});

let changes: number;
let classes: Classes;
beforeEach(() => {
  changes = 0;
  classes = new Classes({
    provisionerNames,
    onChange: () => {
      changes += 1;
    },
  });
});

const kept = (): string[] => [...classes.byName.keys()];

describe('Classes', () => {
  test('keeps the classes of our provisioner names, read', () => {
    classes.present(cls('fast', { reclaimPolicy: 'Retain' }));
    classes.present(cls('article', { provisioner: 'example.com/hostpath' }));
    classes.present(cls('theirs', { provisioner: 'rancher.io/local-path' }));
    expect(kept()).toEqual(['fast', 'article']);
    expect(classes.byName.get('fast')).toMatchObject({ reclaimPolicy: 'Retain', waitForFirstConsumer: false });
  });

  test('lets go of a class that was made again for another provisioner', () => {
    classes.present(cls('fast'));
    classes.present(cls('fast', { provisioner: 'theirs' }));
    expect(kept()).toEqual([]);
  });

  test('says so when a class of ours comes, changes or goes, also to another provisioner', () => {
    const steps: [string, () => void][] = [
      ['comes', () => classes.present(cls('fast'))],
      ['changes', () => classes.present(cls('fast', { allowedTopologies: [], mountOptions: ['noatime'] }))],
      ['changes hands', () => classes.present(cls('fast', { provisioner: 'theirs' }))],
      ['comes back', () => classes.present(cls('fast'))],
      ['goes', () => classes.gone(cls('fast'))],
    ];
    for (const [index, [what, happens]] of steps.entries()) {
      happens();
      expect(changes, what).toBe(index + 1);
    }
    expect(kept()).toEqual([]);
  });

  test('is silent about a class that is only seen again', () => {
    classes.present(cls('fast'));
    classes.present(cls('fast'));
    classes.present({ ...cls('fast'), metadata: { name: 'fast', resourceVersion: '2', labels: { a: 'b' } } });
    expect(changes).toBe(1);
  });

  test('is silent about a class of others', () => {
    classes.present(cls('theirs', { provisioner: 'theirs' }));
    classes.present(cls('theirs', { provisioner: 'theirs', mountOptions: ['noatime'] }));
    classes.gone(cls('theirs', { provisioner: 'theirs' }));
    expect(changes).toBe(0);
  });

  test('lets go of what went during a break, and says so', () => {
    listAnew(classes, cls('stays'), cls('goes'));
    changes = 0;
    listAnew(classes, cls('stays'));
    expect({ kept: kept(), changes }).toEqual({ kept: ['stays'], changes: 1 });
    listAnew(classes);
    expect({ kept: kept(), changes }).toEqual({ kept: [], changes: 2 });
    listAnew(classes);
    expect(changes).toBe(2);
  });
});
