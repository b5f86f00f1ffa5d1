import type { VolumeRecord } from '../../../src/model/volume-record.ts';

/** The record of a volume of 20 MiB, by its number. A program in the machine has no test runner, so it makes its own. */
export function limitedRecord(number: number): VolumeRecord {
  const uid = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return {
    version: 1,
    volume: `pvc-${uid}`,
    claim: { namespace: 'default', name: 'data', uid },
    class: 'limited',
    node: 'node-1',
    reclaimPolicy: 'Delete',
    createdAt: new Date().toISOString(),
    template: {
      provisioner: 'example.com/hostpath',
      capacity: '20Mi',
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      mountOptions: [],
      volumeType: 'local',
      hostname: 'node-1',
    },
  };
}
