import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isVolumeName, nodeLabelValue, volumeNameFor } from '../../../src/model/names.ts';

const labelValue = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Names that Kubernetes takes for a node: DNS subdomains of at most 253 characters. */
const nodeName = fc
  .array(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/), { minLength: 1, maxLength: 11 })
  .map((labels) => labels.join('.'));

describe('nodeLabelValue', () => {
  test('is the name of the node where it fits', () => {
    const longest = 'n'.repeat(63);
    expect([nodeLabelValue('node-a'), nodeLabelValue('ip-10-0-0-1.ec2.internal'), nodeLabelValue(longest)]).toEqual([
      'node-a',
      'ip-10-0-0-1.ec2.internal',
      longest,
    ]);
  });

  test('is a label value for every name', () => {
    fc.assert(fc.property(nodeName, (name) => labelValue.test(nodeLabelValue(name))));
  });

  test('differs for long names that differ only at their ends', () => {
    const names = ['a', 'b', 'aa'].map((end) => 'n'.repeat(100) + end);
    expect(new Set(names.map(nodeLabelValue)).size).toBe(3);
  });

  test('differs for nodes that differ', () => {
    fc.assert(fc.property(nodeName, nodeName, (a, b) => (a === b) === (nodeLabelValue(a) === nodeLabelValue(b))));
  });
});

describe('isVolumeName', () => {
  test('holds for the volume of every claim', () => {
    fc.assert(fc.property(fc.uuid(), (uid) => isVolumeName(volumeNameFor(uid))));
  });

  test.each([
    '',
    'pvc-',
    'pvc',
    'foo',
    'PVC-1',
    'pvc-A',
    'pvc-.',
    'pvc-..',
    'pvc--1',
    'pvc-a/b',
    'pvc-../x',
    'pvc-a\0',
    'pvc-a\n',
    '\npvc-a',
    ' pvc-a',
    'pvc-a ',
    'pvc-a.b',
    'pvc-é',
    './pvc-a',
    '../pvc-a',
    '/pvc-a',
    '.hostpath-provisioner',
    `pvc-${'a'.repeat(100)}`,
  ])('does not hold for %j', (name) => {
    expect(isVolumeName(name)).toBe(false);
  });

  test('holds for nothing that is more than one plain name in a path', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^pvc-[./a-z\\-]{0,12}$/));
    fc.assert(fc.property(text, (name) => !isVolumeName(name) || /^[a-z0-9-]{5,103}$/.test(name)));
  });
});
