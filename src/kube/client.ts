import type {
  EventObject,
  MetadataObject,
  ObjectMeta,
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../model/kubernetes.ts';
import { finalizer, nodeLabel } from '../model/names.ts';
import { type ApiCall, callApi } from './call.ts';
import type { EndedCall } from './concurrency-limit.ts';
import type { Connection } from './connection.ts';
import { ApiError, isTransient, type KubeApi } from './kube-api.ts';
import { listPage, type Page } from './list.ts';
import { PageSize } from './page-size.ts';

export interface KubeApiOptions {
  /** Time for each call, from waiting for a connection to the end of the answer. Default 15 s. */
  timeoutMs?: number;
  /** Told of each call for a single object. */
  onEnded?: (call: EndedCall) => void;
}

/** A list that only looks for leftovers has no haste. */
const listTimeoutMs = 60_000;

const mergePatch = 'application/merge-patch+json';

export function createKubeApi(connection: Connection, options: KubeApiOptions = {}): KubeApi {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const { onEnded } = options;
  const call = async <Answer>(request: Omit<ApiCall, 'timeoutMs'>) => {
    const beganAtMs = performance.now();
    const ended = (turnedAway: boolean) => onEnded?.({ beganAtMs, endedAtMs: performance.now(), turnedAway });
    const answer = await callApi(connection, { ...request, timeoutMs }).catch((error: unknown) => {
      ended(isTransient(error));
      throw error;
    });
    ended(false);
    return answer as Answer;
  };

  /** A strategic merge names the one thing to change, so that kube-controller-manager may change its own at the same time. */
  const patchMetadata = async (what: string, metadata: ObjectMeta | undefined, change: object): Promise<void> => {
    const { name = '', uid } = metadata ?? {};
    await call({
      deed: `change the ${what} of volume ${name}`,
      method: 'PATCH',
      path: volumePath(name),
      contentType: 'application/strategic-merge-patch+json',
      body: { metadata: { uid, ...change } },
    });
  };

  return {
    readClaim: (namespace, name) =>
      undefinedWhenNotFound(
        call<PersistentVolumeClaimObject>({
          deed: `read claim ${namespace}/${name}`,
          method: 'GET',
          path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/persistentvolumeclaims/${encodeURIComponent(name)}`,
        }),
      ),

    readVolume: (name) =>
      undefinedWhenNotFound(
        call<PersistentVolumeObject>({ deed: `read volume ${name}`, method: 'GET', path: volumePath(name) }),
      ),

    readClass: (name) =>
      undefinedWhenNotFound(
        call<StorageClassObject>({
          deed: `read class ${name}`,
          method: 'GET',
          path: `/apis/storage.k8s.io/v1/storageclasses/${encodeURIComponent(name)}`,
        }),
      ),

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
      await undefinedWhenNotFound(
        call({
          deed: `delete volume ${name}`,
          method: 'DELETE',
          path: volumePath(name),
          body: {
            kind: 'DeleteOptions',
            apiVersion: 'v1',
            propagationPolicy: 'Background',
            preconditions: { uid, resourceVersion },
          },
        }),
      );
    },

    async *listUnlabelledVolumes() {
      const selection = { path: '/api/v1/persistentvolumes', labelSelector: `!${nodeLabel}`, metadataOnly: true };
      const size = new PageSize();
      const options = { timeoutMs: listTimeoutMs };
      let from: string | undefined;
      do {
        const page: Page<MetadataObject> = await listPage(connection, selection, from, size, options);
        yield* page.items;
        from = page.next;
      } while (from !== undefined);
    },

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

function volumePath(name: string): string {
  return `/api/v1/persistentvolumes/${encodeURIComponent(name)}`;
}

function eventsPath({ metadata }: EventObject): string {
  return `/api/v1/namespaces/${encodeURIComponent(metadata.namespace ?? 'default')}/events`;
}

async function undefinedWhenNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}
