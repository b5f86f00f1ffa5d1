import { execFile, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dnsServiceAddress } from '../control-plane/real/commands.ts';
import type { ArchivedImage } from '../control-plane/real/image.ts';
import type { Cluster } from '../control-plane/real/node.ts';
import { OwnedDirectory } from '../control-plane/real/owned-directory.ts';
import { searchPath } from '../control-plane/real/prerequisites.ts';
import type { Json } from '../support/api.ts';
import { readManifests } from '../support/manifests.ts';
import type { KafkaClient, RunningTool } from './kafka-client.ts';

const configuration = join(import.meta.dirname, 'client');
const mostOutputBytes = 64 * 1024 * 1024;

// As pods have it.
const resolverConfiguration = `nameserver ${dnsServiceAddress}
search default.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
`;

const enterRoot = 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"';

/** A machine on the node's network with the files of Kafka's image: it goes on while nothing on the node does. */
export class MachineClient implements KafkaClient {
  readonly #directory = new OwnedDirectory('kafka-client');
  readonly #root = join(this.#directory.path, 'root');
  readonly #networkPath: string;

  constructor({ networkPath }: Cluster, image: ArchivedImage) {
    this.#networkPath = networkPath;
    for (const path of ['etc/client', 'proc', 'dev']) mkdirSync(join(this.#root, path), { recursive: true });
    const unpack = 'tar -xOf "$1" layer.tar | tar -xC "$2"';
    execFileSync('sh', ['-c', unpack, 'unpack', image.archivePath, this.#root]);
    writeFileSync(join(this.#root, 'etc/resolv.conf'), resolverConfiguration);
    for (const name of ['producer.properties', 'names.security']) {
      copyFileSync(join(configuration, name), join(this.#root, 'etc/client', name));
    }
  }

  async run(command: readonly string[]): Promise<string> {
    const [program = '', ...args] = this.#java(command);
    const options = { env: environment(), maxBuffer: mostOutputBytes };
    return (await promisify(execFile)(program, args, options)).stdout;
  }

  start(command: readonly string[]): RunningTool {
    const [program = '', ...args] = this.#java(command);
    const process = spawn(program, args, { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });
    return { process, terminate: async () => process.kill('SIGTERM') };
  }

  /** Removes its files. */
  remove(): Promise<void> {
    return this.#directory.remove();
  }

  #java(command: readonly string[]): string[] {
    return [
      ...['setpriv', '--pdeathsig', 'KILL', '--', 'nsenter', `--net=${this.#networkPath}`],
      ...['--', 'unshare', '--mount', '--', 'sh', '-c', enterRoot, this.#root, '/bin/java', ...command],
    ];
  }
}

/** What the client's pod has, and where programs are: first those of this machine, then those of the image. */
function environment(): NodeJS.ProcessEnv {
  const [pod] = readManifests('test/kafka/client/pod.yaml');
  const variables = pod.spec.containers[0].env.map(({ name, value }: Json) => [name, value]);
  return { PATH: searchPath, ...Object.fromEntries(variables) };
}
