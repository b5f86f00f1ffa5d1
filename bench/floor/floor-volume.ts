import { randomUUID } from 'node:crypto';
import { volumeNameFor } from '../../src/model/names.ts';
import { volumeObject } from '../../src/model/volume-object.ts';

/** The claim of every volume of the floor. It does not exist. */
export const floorClaim = { namespace: 'test-12345678', name: 'claim-1234' };

/** What the daemon would send for a small claim. */
export function volumeLikeOurs(uid: string, path: string) {
  return volumeObject(
    {
      claim: { ...floorClaim, uid },
      record: {
        version: 1,
        volume: volumeNameFor(uid),
        claim: { ...floorClaim, uid },
        class: 'class-12345678',
        node: 'node-12345678',
        reclaimPolicy: 'Delete',
        createdAt: '',
      },
      provisioner: 'hostpath-12345678',
      reclaimPolicy: 'Delete',
      capacity: '1Mi',
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      mountOptions: [],
      volumeType: 'hostPath',
      hostname: 'node-12345678',
    },
    { path, baseDirectory: { id: randomUUID(), mounted: false } },
  );
}
