import { kubeconfig, writeKubeconfig } from '../unit/kube/kubeconfig.ts';
import { boundClaim, volume } from '../unit/plugin/doctor/overviews.ts';
import { authority } from './authority.ts';
import { json, ScriptedServer } from './scripted-server.ts';

/** A server with 20 claims, and the arguments that list them. */
export async function serverOf20Claims(folder: string) {
  const names = Array.from({ length: 20 }, (_, index) => `claim-${index}`);
  const server = await ScriptedServer.start(
    ({ path }) => {
      const isOf = (kind: string) => path.endsWith(`/${kind}`);
      const claims = isOf('persistentvolumeclaims') ? names.map((one) => boundClaim(one)) : [];
      const volumes = isOf('persistentvolumes') ? names.map((one) => volume(one)) : [];
      return json(200, { kind: 'List', metadata: { resourceVersion: '1' }, items: [...claims, ...volumes] });
    },
    { tls: authority.server },
  );
  const cluster = { 'certificate-authority-data': Buffer.from(authority.root).toString('base64') };
  const path = await writeKubeconfig(folder, kubeconfig(server.url, { cluster, user: { token: 'secret' } }));
  return { server, args: ['volumes', '--kubeconfig', path, '-n', 'dev', '--no-headers'] };
}
