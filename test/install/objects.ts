import { loadAllYaml } from '@kubernetes/client-node';
import type { Json } from '../support/api.ts';

/** The objects of a rendering, by kind and name: their order is not the question. */
export function objectsOf(yaml: string): Record<string, Json> {
  return byName(loadAllYaml(yaml) as Json[]);
}

export function byName(objects: Json[]): Record<string, Json> {
  const entries = objects.filter((object) => !isEmpty(object)).map((object) => [nameOf(object), object] as const);
  const found = Object.fromEntries(entries);
  if (Object.keys(found).length < entries.length)
    throw new Error(`an object comes twice: ${entries.map(([name]) => name)}`);
  return found;
}

/** A document with comments alone. */
const isEmpty = (object: Json): boolean => object === null || object === undefined;

export const nameOf = ({ kind, metadata }: Json): string => `${kind}/${metadata.name}`;

/** The three places of a daemon's pod that have its base directory. */
export function baseDirectoriesOf(daemonSet: Json): string[] {
  const { containers, volumes } = daemonSet.spec.template.spec;
  const { env, volumeMounts } = containers[0];
  return [
    ...env.filter(({ name }: Json) => name === 'BASE_DIRECTORY').map(({ value }: Json) => value),
    ...volumeMounts.map(({ mountPath }: Json) => mountPath),
    ...volumes.map(({ hostPath }: Json) => hostPath.path),
  ];
}
