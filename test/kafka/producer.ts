import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { until } from '../support/until.ts';
import { type Acknowledgement, readLine, type Summary } from './acknowledgements.ts';
import type { RunningTool } from './kafka-client.ts';

const messagesASecond = 200;
const acknowledgedWithinMs = 240_000;

/** Main class and arguments of Kafka's VerifiableProducer. @param run makes the values differ from those of other runs */
export const verifiableProducer = (bootstrapServer: string, topic: string, run: number): string[] => [
  ...['org.apache.kafka.tools.VerifiableProducer', '--bootstrap-server', bootstrapServer, '--topic', topic],
  ...['--acks=-1', '--throughput', String(messagesASecond), '--value-prefix', String(run), '--repeating-keys=10'],
  ...['--producer.config', '/etc/client/producer.properties'],
];

/** VerifiableProducer, or what writes the same lines, which sends messages until it is told to stop. */
export class Producer {
  readonly acknowledged: Acknowledgement[] = [];
  readonly #tool: RunningTool;
  readonly #ended: Promise<unknown>;
  #summary: Summary | undefined;

  constructor(tool: RunningTool) {
    this.#tool = tool;
    this.#ended = once(this.#tool.process, 'close');
    if (this.#tool.process.stdout === null) throw new Error('the producer has no output');
    createInterface(this.#tool.process.stdout).on('line', (line) => this.#read(line));
  }

  /** Waits until that many more messages are acknowledged than are now. */
  async untilAcknowledged(more: number): Promise<void> {
    const wanted = this.acknowledged.length + more;
    const check = () => {
      const { exitCode } = this.#tool.process;
      if (exitCode !== null) throw new Error(`the producer ended with ${exitCode}`);
      if (this.acknowledged.length < wanted) throw new Error(`${this.acknowledged.length} of ${wanted}`);
      return true;
    };
    await until(`${more} more messages are acknowledged`, check, { withinMs: acknowledgedWithinMs });
  }

  /** Has it send nothing more, and waits for what it has sent. */
  async stop(): Promise<void> {
    await this.#tool.terminate();
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
