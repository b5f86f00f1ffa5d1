import type { KubeObject } from '../objects/object.ts';
import type { Registry } from '../objects/registry.ts';
import type { Resource } from '../objects/resources.ts';

export function addFinalizer(registry: Registry, resource: Resource, key: string, finalizer: string): void {
  registry.update(resource, key, (object) =>
    object.metadata.finalizers?.includes(finalizer)
      ? object
      : withFinalizers(object, [...(object.metadata.finalizers ?? []), finalizer]),
  );
}

export function removeFinalizer(registry: Registry, resource: Resource, key: string, ...finalizers: string[]): void {
  registry.update(resource, key, (object) =>
    withFinalizers(
      object,
      (object.metadata.finalizers ?? []).filter((each) => !finalizers.includes(each)),
    ),
  );
}

function withFinalizers(object: KubeObject, finalizers: string[]): KubeObject {
  const { finalizers: _, ...metadata } = object.metadata;
  return { ...object, metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers } };
}
