import { join } from 'node:path';
import type { CredentialFiles } from './credential-files.ts';
import type { ConnectionSource, ServerConfig, ServerSource } from './kube-config.ts';

const defaultPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The ServiceAccount of the pod that this process runs in. */
export class PodSource implements ServerSource {
  readonly #config: ServerConfig;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #namespacePath: string;
  readonly #files: CredentialFiles;

  constructor(
    host: string,
    { environment, serviceAccountPath = defaultPath }: Pick<ConnectionSource, 'environment' | 'serviceAccountPath'>,
    files: CredentialFiles,
  ) {
    const address = host.includes(':') ? `[${host}]` : host;
    this.#config = {
      cluster: {
        name: 'pod',
        server: `https://${address}:${environment.KUBERNETES_SERVICE_PORT ?? '443'}`,
        caFile: join(serviceAccountPath, 'ca.crt'),
        skipTLSVerify: false,
      },
      user: { name: 'serviceaccount', tokenFile: join(serviceAccountPath, 'token') },
      origin: 'the ServiceAccount of this pod',
    };
    this.#environment = environment;
    this.#namespacePath = join(serviceAccountPath, 'namespace');
    this.#files = files;
  }

  async read(): Promise<ServerConfig> {
    // As client-go: the variable, or the file, which a pod may lack (clientcmd/client_config.go).
    this.#config.namespace ??=
      this.#environment.POD_NAMESPACE || (await this.#files.read(this.#namespacePath).catch(() => '')).trim();
    return this.#config;
  }
}
