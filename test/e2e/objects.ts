import type {
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodSecurityContext,
  V1Service,
  V1StatefulSet,
  V1StorageClass,
} from '@kubernetes/client-node';

/** A class of the shipped one's provisioner, which binds at once unless a test changes that. */
export const storageClass = (name: string, changes: Partial<V1StorageClass>): V1StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'example.com/hostpath',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
  ...changes,
});

export const claim = (name: string, storageClassName = 'example-hostpath'): V1PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
});

/** Runs one shell command, with the claim's volume at /mnt. */
export const pod = (
  name: string,
  claimName: string,
  command: string,
  securityContext: V1PodSecurityContext = {},
): V1Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    restartPolicy: 'Never',
    securityContext,
    containers: [
      {
        name,
        image: 'busybox:1.36',
        command: ['/bin/sh', '-c', command],
        volumeMounts: [{ name: 'volume', mountPath: '/mnt' }],
      },
    ],
    volumes: [{ name: 'volume', persistentVolumeClaim: { claimName } }],
  },
});

/** Gives each pod with the label `app: <name>` a DNS name of its own. */
export const headlessService = (name: string): V1Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { clusterIP: 'None', selector: { app: name } },
});

/** Pods that run one shell command each, with a volume of their own at /mnt; the headless service of that name is theirs. */
export const statefulSet = (name: string, replicas: number, command: string): V1StatefulSet => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name },
  spec: {
    replicas,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name,
            image: 'busybox:1.36',
            command: ['/bin/sh', '-c', command],
            volumeMounts: [{ name: 'data', mountPath: '/mnt' }],
          },
        ],
      },
    },
    volumeClaimTemplates: [claim('data')],
  },
});
