import { randomUUID } from 'node:crypto';
import { volumeNameFor } from '../../src/model/names.ts';
import { volumeObject } from '../../src/model/volume-object.ts';

/** The claim of every volume of the floor. It does not exist. */
export const floorClaim = { namespace: 'test-12345678', name: 'claim-1234' };

/** What the daemon would send for a small claim. */
export function volumeLikeOurs(uid: string, path: string) {
  const claim = { ...floorClaim, uid };
  const node = 'node-12345678';
  const reclaimPolicy = 'Delete' as const;
  return volumeObject(
    {
      claim,
      record: {
        version: 1,
        volume: volumeNameFor(uid),
        claim,
        class: 'class-12345678',
        node,
        reclaimPolicy,
        createdAt: '',
      },
      provisioner: 'hostpath-12345678',
      reclaimPolicy,
      capacity: '1Mi',
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      mountOptions: [],
      volumeType: 'hostPath',
      hostname: node,
    },
    { path, baseDirectory: { id: randomUUID(), mounted: false } },
  );
}
