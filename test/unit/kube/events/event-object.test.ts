import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutMessage, eventName, eventObject } from '../../../../src/kube/events/event-object.ts';

const now = new Date('2026-11-22T12:00:00.123Z');
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

test.each([
  ['a claim', { kind: 'PersistentVolumeClaim', namespace: 'team', name: 'data', uid: 'u-1' }, 'team'],
  ['a volume', { kind: 'PersistentVolume', name: 'data', uid: 'u-1' }, 'default'],
] as const)(
  'an Event of %s lies in its namespace, or else in default, and has whole seconds',
  (_, regarding, namespace) => {
    const note = { regarding, type: 'Warning', reason: 'ProvisioningFailed', message: 'disk full' } as const;
    expect(eventObject(note, { component: 'hostpath-provisioner', host: 'node-1' }, now)).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^data\.[0-9a-f]{16}$/), namespace },
      involvedObject: { apiVersion: 'v1', ...regarding },
      type: 'Warning',
      reason: 'ProvisioningFailed',
      message: 'disk full',
      source: { component: 'hostpath-provisioner', host: 'node-1' },
      reportingComponent: 'hostpath-provisioner',
      reportingInstance: 'node-1',
      firstTimestamp: '2026-11-22T12:00:00Z',
      lastTimestamp: '2026-11-22T12:00:00Z',
      count: 1,
    });
  },
);

describe('the name of an Event', () => {
  test('is valid for an object with any valid name', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,80}[a-z0-9])?$/);
    const names = fc.array(label, { minLength: 1, maxLength: 20 }).map((labels) => labels.join('.').slice(0, 253));
    fc.assert(
      fc.property(
        names.filter((name) => dnsSubdomain.test(name)),
        (name) => {
          const made = eventName(name, now);
          expect(made.length).toBeLessThanOrEqual(253);
          expect(made).toMatch(dnsSubdomain);
        },
      ),
    );
  });

  test('begins with the name of the object, cut where it is too long', () => {
    expect(eventName(`${'a'.repeat(235)}.b.c`, now)).toMatch(/^a{235}\.[0-9a-f]{16}$/);
  });

  test('is another one at the same time', () => {
    expect(eventName('data', now)).not.toBe(eventName('data', now));
  });
});

describe('a message', () => {
  test('stays as it is up to 1,024 bytes', () => {
    expect(cutMessage('ü'.repeat(512))).toBe('ü'.repeat(512));
  });

  test('is cut to 1,024 bytes between two characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 300, maxLength: 1_500, size: 'max' }), (message) => {
        const cut = cutMessage(message);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_024);
        if (cut !== message) {
          expect(cut.endsWith('…')).toBe(true);
          expect(message.startsWith(cut.slice(0, -1))).toBe(true);
        }
      }),
    );
  });
});
