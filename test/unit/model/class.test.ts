import { describe, expect, test } from 'vitest';
import { allowsNode, classOf, type TopologyTerm } from '../../../src/model/class.ts';
import { cls } from '../../support/build-views.ts';

describe('classOf', () => {
  test('reads everything that provisioning needs', () => {
    const terms = [{ key: 'zone', values: ['a'] }];
    const object = {
      metadata: { name: 'fast', uid: 'class-uid-1' },
      provisioner: 'example.com/hostpath',
      parameters: { volumeType: 'local' },
      mountOptions: ['noatime'],
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowedTopologies: [{ matchLabelExpressions: terms }, {}],
    };
    expect(classOf(object)).toEqual({
      name: 'fast',
      uid: 'class-uid-1',
      provisioner: 'example.com/hostpath',
      parameters: { volumeType: 'local' },
      mountOptions: ['noatime'],
      reclaimPolicy: 'Retain',
      waitForFirstConsumer: true,
      allowedTopologies: [terms, []],
    });
  });

  test('takes what Kubernetes takes for what is left out', () => {
    expect(classOf({ metadata: { name: 'plain', uid: 'class-uid-1' }, provisioner: 'p' })).toEqual(
      cls({ name: 'plain', provisioner: 'p', reclaimPolicy: 'Delete', waitForFirstConsumer: false }),
    );
  });

  test('keeps the data for any policy but Delete', () => {
    const policies = ['Delete', 'Retain', 'Recycle', 'delete', ''];
    const read = policies.map((reclaimPolicy) => classOf({ provisioner: 'p', reclaimPolicy }).reclaimPolicy);
    expect(read).toEqual(['Delete', 'Retain', 'Retain', 'Retain', 'Retain']);
  });
});

describe('allowsNode', () => {
  const zoneA = { key: 'zone', values: ['a'] };
  const zoneAOrB = { key: 'zone', values: ['a', 'b'] };
  const ssd = { key: 'disk', values: ['ssd'] };

  test.each<[string, TopologyTerm[], Record<string, string>, boolean]>([
    ['no term allows any node', [], {}, true],
    ['the only value matches', [[zoneA]], { zone: 'a' }, true],
    ['one of the values matches', [[zoneAOrB]], { zone: 'b' }, true],
    ['no value matches', [[zoneAOrB]], { zone: 'c' }, false],
    ['the label is missing', [[zoneA]], { disk: 'ssd' }, false],
    ['every key of a term must match: both do', [[zoneA, ssd]], { zone: 'a', disk: 'ssd' }, true],
    ['every key of a term must match: one does not', [[zoneA, ssd]], { zone: 'a', disk: 'hdd' }, false],
    ['one term of several is enough', [[zoneA], [ssd]], { zone: 'z', disk: 'ssd' }, true],
    ['none of several terms matches', [[zoneA], [ssd]], { zone: 'z', disk: 'hdd' }, false],
    ['a term without keys allows any node', [[]], {}, true],
    ['a key without values allows none', [[{ key: 'zone', values: [] }]], { zone: 'a' }, false],
    ['an empty value is a value', [[{ key: 'zone', values: [''] }]], { zone: '' }, true],
    ['an inherited name is no label', [[{ key: 'constructor', values: ['x'] }]], {}, false],
  ])('%s', (_, allowedTopologies, labels, allowed) => {
    expect(allowsNode(cls({ allowedTopologies }), labels)).toBe(allowed);
  });
});
