import { type Claim, resizeConditions, resizeInfeasible } from '../../model/claim.ts';
import type { EventObject, MetadataObject, ObjectMeta } from '../../model/kubernetes.ts';
import { annotations, finalizer, nodeLabel, nodeLabelValue } from '../../model/names.ts';
import type { Connection } from '../connection/connection.ts';
import { type ApiCall, callApi } from './call.ts';
import type { EndedCall } from './concurrency-limit.ts';
import { ApiError, isTransient, type KubeApi } from './kube-api.ts';
import { listPage, type Page } from './list.ts';
import { PageSize } from './page-size.ts';
import { acceptOf } from './selection.ts';

export interface KubeApiOptions {
  /** Time limit for each call, from waiting for a connection to the end of the answer, in milliseconds. Default 15 s. */
  timeoutMs?: number;
  /** Called after each call for a single object. */
  onEnded?: (call: EndedCall) => void;
}

/** Lists only serve to find leftovers, which is not urgent. */
const listTimeoutMs = 60_000;

const mergePatch = 'application/merge-patch+json';
const strategicMergePatch = 'application/strategic-merge-patch+json';
const jsonPatch = 'application/json-patch+json';

export function createKubeApi(connection: Connection, options: KubeApiOptions = {}): KubeApi {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const { onEnded } = options;
  const call = async <Answer>(request: Omit<ApiCall, 'timeoutMs'>) => {
    const beganAtMs = performance.now();
    const ended = (turnedAway: boolean) => onEnded?.({ beganAtMs, endedAtMs: performance.now(), turnedAway });
    const { object } = await callApi(connection, { ...request, timeoutMs }).catch((error: unknown) => {
      ended(isTransient(error));
      throw error;
    });
    ended(false);
    return object as Answer;
  };

  const read = <Found>(what: string, path: string, accept?: { accept: string }): Promise<Found | undefined> =>
    undefinedWhenNotFound(call<Found>({ deed: `read ${what}`, method: 'GET', path, ...accept }));

  /** A strategic merge patch contains only the change, so that kube-controller-manager can change its own fields concurrently. */
  const patchMetadata = async (what: string, metadata: ObjectMeta | undefined, change: object): Promise<void> => {
    const { name = '', uid } = metadata ?? {};
    await call({
      deed: `change the ${what} of volume ${name}`,
      method: 'PATCH',
      path: volumePath(name),
      contentType: strategicMergePatch,
      body: { metadata: { uid, ...change } },
    });
  };

  /** The claim has to be the version that was read, so that no newer status is overwritten. */
  const patchClaimStatus = async ({ namespace, name, uid, resourceVersion }: Claim, status: object): Promise<void> => {
    const patch = call({
      deed: `change the status of claim ${namespace}/${name}`,
      method: 'PATCH',
      path: `${claimPath(namespace, name)}/status`,
      contentType: strategicMergePatch,
      body: { metadata: { uid, resourceVersion }, status },
    });
    await conflictWhen(422, patch); // so the API server says that the claim has another UID
  };

  /** Page by page. */
  async function* listVolumes<Item extends MetadataObject>(which: {
    labelSelector?: string;
    metadataOnly?: true;
  }): AsyncGenerator<Item> {
    const selection = { path: '/api/v1/persistentvolumes', ...which };
    const size = new PageSize();
    const options = { timeoutMs: listTimeoutMs };
    let from: string | undefined;
    do {
      const page: Page<Item> = await listPage(connection, selection, from, size, options);
      yield* page.items;
      from = page.next;
    } while (from !== undefined);
  }

  return {
    readClaim: (namespace, name) => read(`claim ${namespace}/${name}`, claimPath(namespace, name)),

    readVolume: (name) => read(`volume ${name}`, volumePath(name)),

    readClass: (name) => read(`class ${name}`, `/apis/storage.k8s.io/v1/storageclasses/${encodeURIComponent(name)}`),

    readNode: (name) =>
      read(`node ${name}`, `${nodesPath}/${encodeURIComponent(name)}`, {
        accept: acceptOf({ metadataOnly: true }, 'PartialObjectMetadata'),
      }),

    async hasSeveralNodes() {
      const selection = { path: nodesPath, metadataOnly: true };
      const { items } = await listPage(connection, selection, undefined, new PageSize(2), { timeoutMs });
      return items.length > 1;
    },

    async giveNodeBack({ namespace, name, uid, resourceVersion, selectedNode }) {
      const path = `/metadata/annotations/${annotations.selectedNode.replaceAll('/', '~1')}`;
      const patch = call({
        deed: `take the selected node off claim ${namespace}/${name}`,
        method: 'PATCH',
        path: claimPath(namespace, name),
        contentType: jsonPatch,
        body: [
          ...testsOfVersion({ uid, resourceVersion }),
          { op: 'test', path, value: selectedNode },
          { op: 'remove', path },
        ],
      });
      await conflictWhen(422, patch); // so the API server says that one of the tests did not hold
    },

    async growVolume({ metadata }, capacity) {
      const { name = '', uid, resourceVersion } = metadata ?? {};
      const patch = call({
        deed: `change the capacity of volume ${name}`,
        method: 'PATCH',
        path: volumePath(name),
        contentType: jsonPatch,
        body: [
          ...testsOfVersion({ uid, resourceVersion }),
          { op: 'replace', path: '/spec/capacity/storage', value: capacity },
        ],
      });
      await conflictWhen(422, patch); // so the API server says that one of the tests did not hold
    },

    async endResize(claim, capacity) {
      const { allocated, state, error, underWay } = claim.resize;
      const over = [
        ...(error === undefined ? [] : [resizeConditions.error]),
        ...(underWay ? [resizeConditions.underWay] : []),
      ];
      await patchClaimStatus(claim, {
        capacity: { storage: capacity },
        ...(allocated !== undefined && { allocatedResources: { storage: capacity } }),
        ...(state !== undefined && { allocatedResourceStatuses: { storage: null } }),
        ...(over.length > 0 && { conditions: over.map((type) => ({ $patch: 'delete', type })) }),
      });
    },

    async refuseResize(claim, { reason, message }) {
      const lastTransitionTime = new Date().toISOString();
      await patchClaimStatus(claim, {
        allocatedResourceStatuses: { storage: resizeInfeasible },
        conditions: [{ type: resizeConditions.error, status: 'True', reason, message, lastTransitionTime }],
      });
    },

    async readClusterUid() {
      const { metadata } = await call<MetadataObject>({
        deed: 'read namespace kube-system',
        method: 'GET',
        path: '/api/v1/namespaces/kube-system',
      });
      return metadata?.uid ?? '';
    },

    async createVolume(volume) {
      const deed = `create volume ${volume.metadata?.name}`;
      await call({ deed, method: 'POST', path: '/api/v1/persistentvolumes', body: volume, createdIsEnough: true });
    },

    async deleteVolume({ metadata }) {
      const { name = '', uid, resourceVersion } = metadata ?? {};
      const deletion = call({
        deed: `delete volume ${name}`,
        method: 'DELETE',
        path: volumePath(name),
        body: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          propagationPolicy: 'Background',
          preconditions: { uid, resourceVersion },
        },
      });
      await conflictWhen(404, deletion); // it was deleted by force since it was read, so it is not the version that was judged
    },

    listUnlabelledVolumes: () => listVolumes({ labelSelector: `!${nodeLabel}`, metadataOnly: true }),

    listVolumesOfNode: (nodeName) =>
      listVolumes({ labelSelector: `${nodeLabel}=${nodeLabelValue(nodeName)}`, metadataOnly: true }),

    listVolumes: () => listVolumes({}),

    labelVolume: ({ metadata }, marks) => patchMetadata('labels', metadata, { ...marks }),

    addFinalizer: ({ metadata }) => patchMetadata('finalizers', metadata, { finalizers: [finalizer] }),

    removeFinalizer: (volume) =>
      undefinedWhenNotFound(
        patchMetadata('finalizers', volume.metadata, { '$deleteFromPrimitiveList/finalizers': [finalizer] }),
      ),

    createEvent: (event) =>
      call<EventObject>({
        deed: `create an Event for ${event.involvedObject.kind} ${event.involvedObject.name}`,
        method: 'POST',
        path: eventsPath(event),
        body: event,
      }),

    async repeatEvent(event) {
      await call({
        deed: `repeat an Event for ${event.involvedObject.kind} ${event.involvedObject.name}`,
        method: 'PATCH',
        path: `${eventsPath(event)}/${encodeURIComponent(event.metadata.name ?? '')}`,
        contentType: mergePatch,
        body: { count: event.count, lastTimestamp: event.lastTimestamp },
      });
    },
  };
}

const nodesPath = '/api/v1/nodes';

function claimPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/persistentvolumeclaims/${encodeURIComponent(name)}`;
}

function volumePath(name: string): string {
  return `/api/v1/persistentvolumes/${encodeURIComponent(name)}`;
}

function eventsPath({ metadata }: EventObject): string {
  return `/api/v1/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}/events`;
}

/** The operations of a JSON patch that let it pass only if the object is the version that was read. */
const testsOfVersion = ({ uid, resourceVersion }: { uid: string | undefined; resourceVersion: string | undefined }) => [
  { op: 'test', path: '/metadata/uid', value: uid },
  { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
];

/** Turns an answer with this HTTP status into a conflict: the object has changed since it was read. */
async function conflictWhen(status: number, answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (cause) {
    if (!(cause instanceof ApiError && cause.status === status)) throw cause;
    throw new ApiError('Conflict', cause.message, { status, cause });
  }
}

async function undefinedWhenNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}
