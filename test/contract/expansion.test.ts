import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { claim, storageClass, uniqueName } from '../support/build.ts';
import { until } from '../support/until.ts';
import { type Corner, classesPath, patchTypes, statusOf, test, volumesPath } from './corner.ts';

const provisionedBy = 'pv.kubernetes.io/provisioned-by';
const ours = 'example.com/contract';
const bounds = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/var/nowhere' } };

/** A claim `a` that is bound to a volume of 1 Gi. */
async function bind(corner: Corner, classChanges: Json = { allowVolumeExpansion: true }) {
  const storageClassName = uniqueName('class');
  await corner.create(classesPath, storageClass(storageClassName, { provisioner: ours, ...classChanges }));
  const requests = { storage: '1Gi' };
  const { metadata } = await corner.create(
    corner.claims,
    claim('a', { spec: { storageClassName, resources: { requests } } }),
  );
  const { namespace, name, uid } = metadata;
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid };
  const volume = `pvc-${uid}`;
  await corner.create(volumesPath, {
    metadata: { name: volume, annotations: { [provisionedBy]: ours } },
    spec: { ...bounds, storageClassName, claimRef },
  });
  const path = `${corner.claims}/a`;
  await corner.untilObject(path, 'bound', ({ status }) => status.phase === 'Bound');
  return { path, volumePath: `${volumesPath}/${volume}` };
}

const request = (corner: Corner, path: string, storage: string) =>
  corner.send('PATCH', path, { spec: { resources: { requests: { storage } } } });

const refused = async (corner: Corner, path: string, storage: string) => {
  const answer = await request(corner, path, storage);
  return answer.status < 300 ? answer.status : statusOf(answer);
};

/** What the parties of an expansion say about it, without what else a status has. */
const sizesOf = ({ status }: Json) => {
  const { capacity, allocatedResources, allocatedResourceStatuses, conditions } = status;
  const ofResize = conditions?.filter(({ type }: Json) => /Resiz/.test(type));
  return {
    capacity,
    allocatedResources,
    allocatedResourceStatuses,
    ...(ofResize?.length > 0 && { conditions: ofResize }),
  };
};

const cannotBeResized = {
  status: 403,
  reason: 'Forbidden',
  message:
    'persistentvolumeclaims "a" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  details: { name: 'a', kind: 'persistentvolumeclaims' },
};

const tooSmall = {
  status: 422,
  reason: 'Invalid',
  details: { causes: [expect.objectContaining({ message: 'Forbidden: field can not be less than status.capacity' })] },
};

const strategic = (corner: Corner, path: string, status: Json, metadata: Json = {}) =>
  corner.send('PATCH', `${path}/status`, { metadata, status }, patchTypes.strategic);

describe('a bound claim that asks for more', () => {
  test('is accepted where its class allows that, and nothing else changes', async ({ corner }) => {
    const { path, volumePath } = await bind(corner);
    expect(await refused(corner, path, '2Gi')).toBe(200);
    expect(sizesOf(await corner.api.get(path))).toEqual({ capacity: { storage: '1Gi' } });
    expect((await corner.api.get(volumePath))?.spec.capacity).toEqual({ storage: '1Gi' });
  });

  test('is refused where its class does not allow that, or is gone', async ({ corner }) => {
    const { path } = await bind(corner, {});
    expect(await refused(corner, path, '2Gi')).toEqual(cannotBeResized);
    const { storageClassName } = (await corner.api.get(path))?.spec ?? {};
    await corner.api.delete(`${classesPath}/${storageClassName}`);
    expect(await refused(corner, path, '2Gi')).toEqual(cannotBeResized);
  });

  test('may take that back as long as it asks for more than it has', async ({ corner }) => {
    const { path } = await bind(corner);
    for (const storage of ['3Gi', '2Gi', '1025Mi']) expect(await refused(corner, path, storage)).toBe(200);
    for (const storage of ['1Gi', '1Mi']) expect(await refused(corner, path, storage)).toMatchObject(tooSmall);
  });
});

/** Kubernetes' own controllers may write an object between its reading and a deed on the version that was read. */
function untilUnchanged(corner: Corner, path: string, deed: (resourceVersion: string) => Promise<void>): Promise<true> {
  return until('the version that was read is still the last one', async () => {
    await deed(((await corner.api.get(path)) as Json).metadata.resourceVersion);
    return true;
  });
}

describe('a provisioner that grows a volume', () => {
  test('raises the capacity of the volume, if it is the version that was read', async ({ corner }) => {
    const { volumePath } = await bind(corner);
    const { metadata } = (await corner.api.get(volumePath)) as Json;
    const patch = (uid: string, resourceVersion: string) =>
      corner.send(
        'PATCH',
        volumePath,
        [
          { op: 'test', path: '/metadata/uid', value: uid },
          { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
          { op: 'replace', path: '/spec/capacity/storage', value: '2Gi' },
        ],
        patchTypes.json,
      );
    expect((await patch('another', metadata.resourceVersion)).status).toBe(422);
    expect((await patch(metadata.uid, '1')).status).toBe(422);
    await untilUnchanged(corner, volumePath, async (resourceVersion) => {
      expect((await patch(metadata.uid, resourceVersion)).body.spec?.capacity).toEqual({ storage: '2Gi' });
    });
  });

  test('says so in the status of the claim, if it is the version that was read', async ({ corner }) => {
    const { path } = await bind(corner);
    await request(corner, path, '2Gi');
    const { uid } = ((await corner.api.get(path)) as Json).metadata;
    const status = { capacity: { storage: '2Gi' } };
    await untilUnchanged(corner, path, async (resourceVersion) => {
      expect((await strategic(corner, path, status, { uid: 'another', resourceVersion })).status).toBe(422);
    });
    expect((await strategic(corner, path, status, { uid, resourceVersion: '1' })).status).toBe(409);
    await untilUnchanged(corner, path, async (resourceVersion) => {
      const { body } = await strategic(corner, path, status, { uid, resourceVersion });
      expect(sizesOf(body)).toEqual({ capacity: { storage: '2Gi' } });
    });
  });

  test('says that it cannot, and takes that back', async ({ corner }) => {
    const { path } = await bind(corner);
    await request(corner, path, '2Gi');
    const infeasible = {
      allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
      conditions: [{ type: 'ControllerResizeError', status: 'True', reason: 'NoRoom', message: 'no' }],
    };
    const { body } = await strategic(corner, path, infeasible);
    expect(sizesOf(body)).toEqual({
      capacity: { storage: '1Gi' },
      allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
      conditions: [expect.objectContaining(infeasible.conditions[0] as Json)],
    });
    const { body: again } = await strategic(corner, path, infeasible);
    expect(again.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    const over = {
      capacity: { storage: '2Gi' },
      allocatedResourceStatuses: { storage: null },
      conditions: [
        { type: 'ControllerResizeError', $patch: 'delete' },
        { type: 'Resizing', $patch: 'delete' },
      ],
    };
    expect(sizesOf((await strategic(corner, path, over)).body)).toEqual({ capacity: { storage: '2Gi' } });
  });

  test('does not change what the claim asks for by its status', async ({ corner }) => {
    const { path } = await bind(corner);
    const { body } = await corner.send('PATCH', `${path}/status`, {
      spec: { resources: { requests: { storage: '5Gi' } } },
      status: { allocatedResources: { storage: '2Gi' } },
    });
    expect(body.spec.resources.requests).toEqual({ storage: '1Gi' });
    expect(sizesOf(body)).toEqual({ capacity: { storage: '1Gi' }, allocatedResources: { storage: '2Gi' } });
  });

  const states =
    '"ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"';
  test.for<[string, Json, string]>([
    [
      ' capacity that is no size',
      { capacity: { storage: '-1Gi' } },
      'status.capacity[storage]: Invalid value: -1073741824: must be a valid resource quantity',
    ],
    [
      'n allocation that is no size',
      { allocatedResources: { storage: '-1Gi' } },
      'status.allocatedResources[storage]: Invalid value: -1073741824: must be a valid resource quantity',
    ],
    [
      'n allocation of something else',
      { allocatedResources: { memory: '1Gi' } },
      'status.allocatedResources: Unsupported value: "memory": supported values: "storage"',
    ],
    [
      ' state that Kubernetes does not know',
      { allocatedResourceStatuses: { storage: 'ControllerResizeFine' } },
      `status.allocatedResourceStatuses: Unsupported value: "storage": supported values: ${states}`,
    ],
    [
      ' state of something else',
      { allocatedResourceStatuses: { memory: 'ControllerResizeInfeasible' } },
      'status.allocatedResourceStatuses: Unsupported value: "memory": supported values: "storage"',
    ],
  ])('cannot write a%s', async ([, status, problem], { corner }) => {
    const { path } = await bind(corner);
    const { reason, message } = statusOf(await strategic(corner, path, status));
    expect({ reason, message }).toEqual({
      reason: 'Invalid',
      message: `PersistentVolumeClaim "a" is invalid: ${problem}`,
    });
  });
});
