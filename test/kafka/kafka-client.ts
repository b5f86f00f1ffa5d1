import type { ChildProcess } from 'node:child_process';
import type { TestCluster } from '../e2e/test-cluster.ts';

/** A place where the programs of Kafka that are clients of the brokers run. */
export interface KafkaClient {
  /** Runs a program to its end: main class and arguments. @returns what it wrote */
  run(command: readonly string[]): Promise<string>;
  /** Starts one that goes on until it is told to end. */
  start(command: readonly string[]): RunningTool;
}

export interface RunningTool {
  /** Its standard output is to be read. */
  process: ChildProcess;
  /** Asks it to end in good order. */
  terminate(): Promise<unknown>;
}

/** The pod `client` of the cluster. */
export class PodClient implements KafkaClient {
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  run(command: readonly string[]): Promise<string> {
    return this.#cluster.kubectl('exec', 'client', '--', 'java', ...command);
  }

  start(command: readonly string[]): RunningTool {
    const inShell = 'echo $$ >/tmp/tool.pid; exec java "$@"';
    return {
      process: this.#cluster.spawnKubectl('exec', 'client', '--', 'sh', '-c', inShell, 'sh', ...command),
      terminate: () => this.#cluster.kubectl('exec', 'client', '--', 'sh', '-c', 'kill $(cat /tmp/tool.pid)'),
    };
  }
}
