import { expect } from 'vitest';
import { claim } from '../e2e/objects.ts';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { until } from '../support/until.ts';
import { allEvents } from './events.ts';

/** Makes claims until one waits, as what the broker sets free when it ends may do for others. @returns their names */
export async function claimUntilOneWaits(
  cluster: TestCluster,
  storageClassName?: string,
  names: readonly string[] = [],
): Promise<string[]> {
  const name = `late-${names.length}`;
  await cluster.create(claim(name, storageClassName));
  await cluster.selectNode(name);
  const became = await until(`claim ${name} is bound, or has an Event that says why not`, async () => {
    const told = (await allEvents(cluster)).find(
      (event) => event.name === name && event.reason === 'ProvisioningFailed',
    );
    if (told !== undefined) return told.message;
    const { status } = await cluster.api.get(`/api/v1/namespaces/default/persistentvolumeclaims/${name}`);
    return status.phase === 'Bound' && 'bound';
  });
  if (became === 'bound') return claimUntilOneWaits(cluster, storageClassName, [...names, name]);
  expect(became).toMatch(/^NoSpace: .* Free space or inodes on that disk$/);
  return [...names, name];
}
