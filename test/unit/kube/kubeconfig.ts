import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The text of a kubeconfig with one cluster, one user and one context. JSON is YAML. */
export function kubeconfig(
  server: string,
  { cluster = {}, user = {} }: { cluster?: object; user?: object } = {},
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, ...cluster } }],
    users: [{ name: 'tester', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'tester' } }],
    'current-context': 'test',
  });
}

export async function writeKubeconfig(directory: string, text: string, name = 'kubeconfig'): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}
