import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names and groups to which Kubernetes' own roles are bound. */
const controlPlaneUsers = {
  admin: { name: 'admin', group: 'system:masters' },
  controllerManager: { name: 'system:kube-controller-manager', group: '' },
  scheduler: { name: 'system:kube-scheduler', group: '' },
};
export const dnsUser = 'coredns';
const nodeUsers = (node: string) => ({
  kubelet: { name: `system:node:${node}`, group: 'system:nodes' },
  proxy: { name: 'system:kube-proxy', group: '' },
  dns: { name: dnsUser, group: '' }, // no role of Kubernetes' own has all that it needs
});

type User = keyof typeof controlPlaneUsers | keyof ReturnType<typeof nodeUsers>;

export interface Credentials {
  /** Of the API server; it is its own authority, and its client certificate towards kubelets too. */
  certificatePath: string;
  keyPath: string;
  serviceAccountKeyPath: string;
  /** Form of `kube-apiserver --token-auth-file`. */
  tokensPath: string;
  kubeconfigPath(user: User): string;
}

/** Makes the keys, the certificate, the tokens and the kubeconfig files of one cluster. */
export function makeCredentials(
  directory: string,
  { server, addresses, node }: { server: string; addresses: readonly string[]; node?: string | undefined },
): Credentials {
  const certificatePath = join(directory, 'api-server.crt');
  const keyPath = join(directory, 'api-server.key');
  const serviceAccountKeyPath = join(directory, 'service-accounts.key');
  const tokensPath = join(directory, 'tokens.csv');
  const kubeconfigPath = (user: User) => join(directory, `${user}.kubeconfig`);

  makeCertificate(certificatePath, keyPath, addresses);
  writeSecret(serviceAccountKeyPath, makeServiceAccountKey());
  const certificate = readFileSync(certificatePath).toString('base64');
  const tokens = Object.entries({ ...controlPlaneUsers, ...(node !== undefined && nodeUsers(node)) }).map(
    ([user, { name, group }]) => {
      const token = randomUUID();
      writeSecret(kubeconfigPath(user as User), kubeconfig(server, certificate, token));
      return `${token},${name},${name},"${group}"\n`;
    },
  );
  writeSecret(tokensPath, tokens.join(''));
  return { certificatePath, keyPath, serviceAccountKeyPath, tokensPath, kubeconfigPath };
}

function makeCertificate(certificatePath: string, keyPath: string, addresses: readonly string[]): void {
  const names = ['DNS:kubernetes.default.svc', ...addresses.map((address) => `IP:${address}`)];
  const extensions = [`subjectAltName=${names.join(',')}`, 'extendedKeyUsage=serverAuth,clientAuth'];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
      ...['-subj', '/O=system:masters/CN=kube-apiserver', '-keyout', keyPath, '-out', certificatePath],
      ...extensions.flatMap((extension) => ['-addext', extension]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
}

function makeServiceAccountKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

/** YAML contains JSON, so no YAML writer is needed. */
function kubeconfig(server: string, certificate: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': certificate } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

function writeSecret(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
}
