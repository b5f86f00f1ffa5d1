import { existsSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { finalizer } from '../../src/model/names.ts';
import { pageBlock } from '../support/documents.ts';
import { until } from '../support/until.ts';
import { documentedCommands, withNames } from './documented.ts';
import { bothControlPlanes, type Installation } from './installation.ts';
import { type } from './typed.ts';

const [look, keep, letGo, wait, remove, forget] = documentedCommands('install.md', 'Uninstall');
const [letVolumeGo] = documentedCommands('install.md', 'When the daemon is gone already');

const deleteClaim = ({ cluster, shell }: Installation, claim: string): Promise<string> =>
  shell.run(withNames(letGo, { NAMESPACE: cluster.namespace, CLAIM: claim }));

describe.for(bothControlPlanes)('On the $kind control plane', ({ kind, test }) => {
  // The embedded one has no DaemonSets; the daemon is a process here, so nothing runs because of it.
  const removal = kind === 'real' ? remove : remove?.replace(' -f manifests/daemonset.yaml', '');

  test('the documented order leaves nothing of policy Delete, and all that is to be kept', async ({ installation }) => {
    const { cluster, shell } = installation;
    const daemon = await installation.startDaemon();
    const gone = await installation.fill('gone');
    const rescued = await installation.fill('rescued');
    const kept = await installation.fill('kept', await installation.createKeepingClass());

    const seen = await shell.run(withNames(look, {}));
    expect(seen).toMatch(new RegExp(`${gone.volume} +Delete +Bound +${cluster.namespace} +gone +.*${finalizer}`));
    expect(seen).toMatch(new RegExp(`${kept.volume} +Retain +Bound +${cluster.namespace} +kept `));
    await shell.run(withNames(keep, { VOLUME: rescued.volume }));
    for (const claim of ['gone', 'rescued', 'kept']) await deleteClaim(installation, claim);
    await shell.run(withNames(wait, {}));
    expect(await installation.stateOf(gone.volume)).toBeUndefined();
    expect(existsSync(gone.directory)).toBe(false);

    await shell.run(withNames(removal, {}));
    expect(await daemon.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    const state = { phase: 'Released', policy: 'Retain', waitsForUs: false };
    for (const { volume, hasContent } of [rescued, kept]) {
      expect(await installation.stateOf(volume)).toEqual(state);
      expect(hasContent()).toBe(true);
    }
    expect(await cluster.directories()).toEqual([rescued.volume, kept.volume].sort());

    await shell.run(withNames(forget, {}));
    expect(await cluster.api.list('/api/v1/persistentvolumes')).toEqual([]);
    expect([rescued, kept].map(({ hasContent }) => hasContent())).toEqual([true, true]);
  });

  test('a volume that nobody deletes waits until its finalizer is taken off, and its directory stays', async ({
    installation,
  }) => {
    const { shell, cluster } = installation;
    const daemon = await installation.startDaemon();
    const data = await installation.fill('data');
    await daemon.kill('SIGKILL');
    await deleteClaim(installation, 'data');
    await until('the volume is released', async () => (await installation.stateOf(data.volume))?.phase === 'Released');
    await shell.run(`kubectl delete pv ${data.volume} --wait=false`);
    expect(await installation.stateOf(data.volume)).toMatchObject({ policy: 'Delete', waitsForUs: true });

    await shell.run(withNames(letVolumeGo, { VOLUME: data.volume }));
    await cluster.untilVolumeGone(data.volume);
    expect(data.hasContent()).toBe(true);
  });

  test('a daemon that is installed again keeps what is Retain, and takes the rest for left over', async ({
    installation,
  }) => {
    const { shell, cluster } = installation;
    const daemon = await installation.startDaemon();
    const data = await installation.fill('data');
    const kept = await installation.fill('kept', await installation.createKeepingClass());
    await daemon.kill();
    for (const claim of ['data', 'kept']) await deleteClaim(installation, claim);
    await type(shell, pageBlock('docs/troubleshooting.md', 'kubectl get pv -l hostpath-provisioner/node=NODE'), {
      NODE: cluster.nodeName,
      VOLUME: data.volume,
    });
    await shell.run(`kubectl delete pv ${kept.volume}`);
    await cluster.untilVolumeGone(data.volume);

    await installation.startDaemon({ GRACE_PERIOD: '500ms' });
    await until('what was left over is erased', () => !existsSync(data.directory));
    expect(kept.hasContent()).toBe(true);
  });
});
