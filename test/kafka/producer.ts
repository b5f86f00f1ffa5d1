import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { until } from '../support/until.ts';
import { type Acknowledgement, readLine, type Summary } from './acknowledgements.ts';

const messagesASecond = 200;
const acknowledgedWithinMs = 240_000;

/** Kafka's VerifiableProducer in the client's pod, which sends messages with acks=all until it is told to stop. */
export class Producer {
  readonly acknowledged: Acknowledgement[] = [];
  readonly #cluster: TestCluster;
  readonly #kubectl: ChildProcess;
  readonly #ended: Promise<unknown>;
  #summary: Summary | undefined;

  /** @param run makes the values differ from those of other runs */
  constructor(cluster: TestCluster, bootstrapServer: string, topic: string, run: number) {
    this.#cluster = cluster;
    const tool = [
      ...['org.apache.kafka.tools.VerifiableProducer', '--bootstrap-server', bootstrapServer, '--topic', topic],
      ...['--acks=-1', '--throughput', String(messagesASecond), '--value-prefix', String(run), '--repeating-keys=10'],
      ...['--producer.config', '/etc/client/producer.properties'],
    ];
    const command = `echo $$ >/tmp/producer.pid; exec java ${tool.join(' ')}`;
    this.#kubectl = cluster.spawnKubectl('exec', 'client', '--', 'sh', '-c', command);
    this.#ended = once(this.#kubectl, 'close');
    if (this.#kubectl.stdout === null) throw new Error('kubectl has no output');
    createInterface(this.#kubectl.stdout).on('line', (line) => this.#read(line));
  }

  /** Waits until that many more messages are acknowledged than are now. */
  async untilAcknowledged(more: number): Promise<void> {
    const wanted = this.acknowledged.length + more;
    const check = () => {
      if (this.#kubectl.exitCode !== null) throw new Error(`the producer ended with ${this.#kubectl.exitCode}`);
      if (this.acknowledged.length < wanted) throw new Error(`${this.acknowledged.length} of ${wanted}`);
      return true;
    };
    await until(`${more} more messages are acknowledged`, check, { withinMs: acknowledgedWithinMs });
  }

  /** Has it send nothing more, and waits for what it has sent. */
  async stop(): Promise<void> {
    await this.#cluster.kubectl('exec', 'client', '--', 'sh', '-c', 'kill $(cat /tmp/producer.pid)');
    await this.#ended;
    const acked = this.#summary?.acked;
    if (acked !== this.acknowledged.length) {
      throw new Error(`it counts ${acked} acknowledged messages, and told of ${this.acknowledged.length}`);
    }
  }

  #read(line: string): void {
    const said = readLine(line);
    if (said === undefined) return;
    if ('summary' in said) this.#summary = said.summary;
    else this.acknowledged.push(said.acknowledgement);
  }
}
