import { type Connection, openConnection } from '../../../src/kube/connection/connection.ts';
import type { ScriptedServer } from '../../support/scripted-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { kubeconfig, writeKubeconfig } from './kubeconfig.ts';

/** A connection to a scripted server; ends when disposed of. */
export async function connectTo({ url }: Pick<ScriptedServer, 'url'>): Promise<Connection & AsyncDisposable> {
  await using directory = await temporaryDirectory();
  const text = kubeconfig(url, { cluster: { 'insecure-skip-tls-verify': true }, user: { token: 'secret-token' } });
  const kubeconfigPath = await writeKubeconfig(directory.path, text);
  const connection = await openConnection({ kubeconfigPath, environment: {} });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}
