import { chmodSync, readFileSync, statSync } from 'node:fs';
import { expect } from 'vitest';
import { capabilityMask, processStatus, shippedCapabilities } from '../support/capabilities.ts';
import { readManifests } from '../support/manifests.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { claim, pod, storageClass } from './objects.ts';

const tenant = 1001;
const otherTenant = 1002;
const filterOfSystemCalls = '2'; // SECCOMP_MODE_FILTER

/** Options of the mounts that a process sees, by mount point. */
function mountsOf(processId: number): Record<string, string> {
  const lines = readFileSync(`/proc/${processId}/mountinfo`, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' ').slice(4, 6)));
}

const test = testOnCluster({ daemon: 'daemonset.yaml' });

describeEndToEnd('the daemon in its container', () => {
  test('runs under the security context that is shipped, and nothing has added to it', async ({ cluster }) => {
    const [container] = readManifests('manifests/daemonset.yaml')[0].spec.template.spec.containers;
    const { spec } = await cluster.daemonPod();
    expect(spec.securityContext).toEqual({});
    expect(spec.containers[0].securityContext).toEqual(container.securityContext);

    const id = cluster.daemonProcessId();
    const shipped = capabilityMask(shippedCapabilities);
    expect(processStatus(id)).toMatchObject({
      CapEff: shipped,
      CapPrm: shipped,
      CapBnd: shipped,
      CapAmb: capabilityMask([]),
      NoNewPrivs: '1',
      Seccomp: filterOfSystemCalls,
    });
    const mounts = mountsOf(id);
    expect(mounts['/']).toMatch(/^ro\b/);
    expect(mounts['/tmp/hostpath-provisioner']).toMatch(/^rw\b/);
  });

  test('gives a directory to the owner that the class names, and erases what tenants closed in it', async ({
    cluster,
  }) => {
    const parameters = { directoryOwner: `${tenant}:${tenant}`, directoryMode: '1777' };
    await cluster.create(storageClass('owned', { parameters }));
    await cluster.create(claim('owned', 'owned'));
    const { directory } = await cluster.untilBound('owned');
    expect(statSync(directory)).toMatchObject({ uid: tenant, gid: tenant, mode: 0o41777 });

    const close =
      'mkdir -m 1777 /mnt/sticky && mkdir /mnt/closed && touch /mnt/closed/file && chmod 0 /mnt/closed/file /mnt/closed';
    await cluster.runToSuccess(pod('tenant', 'owned', close, { runAsUser: tenant }));
    await cluster.runToSuccess(pod('other-tenant', 'owned', 'touch /mnt/sticky/file', { runAsUser: otherTenant }));
    expect(statSync(`${directory}/closed`)).toMatchObject({ uid: tenant, mode: 0o40000 });
    expect(statSync(`${directory}/sticky/file`)).toMatchObject({ uid: otherTenant });

    await cluster.deleteWithVolume('owned');
  });

  test('serves pods of any user from a base directory that nobody else on the node may enter', async ({ cluster }) => {
    chmodSync(cluster.baseDirectory, 0o700);
    await cluster.create(claim('private'));
    await cluster.runToSuccess(pod('writer', 'private', 'echo content >/mnt/file', { runAsUser: tenant }));
    expect(await cluster.runToSuccess(pod('reader', 'private', 'cat /mnt/file', { runAsUser: otherTenant }))).toBe(
      'content\n',
    );
    await cluster.deleteWithVolume('private');
  });
});
