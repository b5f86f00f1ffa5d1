import type {
  CoreV1Event,
  V1ObjectMeta,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1StorageClass,
} from '@kubernetes/client-node';

/** An object in JSON: the client's types, with RFC 3339 strings for times. */
type Wire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

export type ObjectMeta = Wire<V1ObjectMeta>;
export type PersistentVolumeClaimObject = Wire<V1PersistentVolumeClaim>;
export type PersistentVolumeObject = Wire<V1PersistentVolume>;
export type StorageClassObject = Wire<V1StorageClass>;
export type EventObject = Wire<CoreV1Event>;

/** An object in a list or watch of metadata, and the least that any object has. */
export interface MetadataObject {
  metadata?: ObjectMeta;
}
