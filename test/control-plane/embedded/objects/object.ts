// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds pass through here; schema.ts says which fields they have
export type Json = any;

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  [field: string]: Json;
}

/** An object as it is stored: without `kind` and `apiVersion`, which its resource knows, and never changed in place. */
export interface KubeObject {
  metadata: ObjectMeta;
  [field: string]: Json;
}

/** Where an object is kept within its resource, and the order in which lists name it. */
export function keyOf(metadata: { name: string; namespace?: string | undefined }): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** The time in the API's form, which knows whole seconds only. */
export function timestamp(milliseconds: number = Date.now()): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
