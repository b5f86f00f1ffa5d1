import type { TestCluster } from '../e2e/test-cluster.ts';
import { until } from '../support/until.ts';
import { type Acknowledgement, longestPauseMs, lost, messagesByPartition } from './acknowledgements.ts';
import type { Figures } from './figures.ts';
import { type KafkaClient, PodClient } from './kafka-client.ts';
import { Producer, verifiableProducer } from './producer.ts';

const bootstrapServer = 'kafka:9092';
const readWithinMs = 120_000;
const inSyncWithinMs = 240_000;
const messagesAround = 400;
const partitionCount = 2;

export interface TopicOptions {
  replicas: number;
  /** How many brokers must have a message before it is acknowledged. Default: what the manifests say. */
  minInsyncReplicas?: number;
  /** Default: the pod `client`. */
  client?: KafkaClient;
}

/** A topic of a Kafka cluster, and all messages of it that were ever acknowledged. */
export class Topic {
  readonly #client: KafkaClient;
  readonly #name: string;
  readonly #replicas: number;
  readonly #acknowledged: Acknowledgement[] = [];
  #runs = 0;

  private constructor(client: KafkaClient, name: string, replicas: number) {
    this.#client = client;
    this.#name = name;
    this.#replicas = replicas;
  }

  /** @throws {Error} if the Kafka cluster has it already */
  static async create(
    cluster: TestCluster,
    name: string,
    { replicas, minInsyncReplicas, client = new PodClient(cluster) }: TopicOptions,
  ): Promise<Topic> {
    const topic = new Topic(client, name, replicas);
    await topic.#java(
      ...['org.apache.kafka.tools.TopicCommand', '--create', '--topic', name],
      ...['--partitions', String(partitionCount), '--replication-factor', String(replicas)],
      ...(minInsyncReplicas === undefined ? [] : ['--config', `min.insync.replicas=${minInsyncReplicas}`]),
    );
    return topic;
  }

  /** Waits until every broker that is to have a copy of a partition has all of it. */
  async untilInSync(): Promise<void> {
    const check = async () => {
      const told = await this.#java('org.apache.kafka.tools.TopicCommand', '--describe', '--topic', this.#name);
      const partitions = [...told.matchAll(/\bIsr: ([\d,]+)/g)];
      const inSync = partitions.filter(([, isr = '']) => isr.split(',').length === this.#replicas);
      if (inSync.length !== partitionCount) throw new Error(told);
      return true;
    };
    await until(`all replicas of ${this.#name} are in sync`, check, { withinMs: inSyncWithinMs, everyMs: 500 });
  }

  /** Produces before, during and after an event, then reads everything. @returns messages that are lost: none are to be */
  async outlive(scenario: string, figures: Figures, event: () => Promise<unknown>): Promise<string[]> {
    const producer = new Producer(this.#client.start(verifiableProducer(bootstrapServer, this.#name, this.#runs++)));
    await producer.untilAcknowledged(messagesAround);
    await event();
    await producer.untilAcknowledged(messagesAround);
    await producer.stop();

    this.#acknowledged.push(...producer.acknowledged);
    const missing = await this.missing();
    figures.add({
      scenario,
      acknowledged: producer.acknowledged.length,
      lost: missing.length,
      pauseMs: longestPauseMs(producer.acknowledged),
    });
    return missing;
  }

  /** Of all messages that were ever acknowledged, those that cannot be read. */
  async missing(): Promise<string[]> {
    const partitions = [...messagesByPartition(this.#acknowledged)];
    const read = await Promise.all(partitions.map(([partition, count]) => this.#read(partition, count)));
    return lost(this.#acknowledged, read.flat());
  }

  async #read(partition: number, count: number): Promise<string[]> {
    const output = await this.#java(
      ...['org.apache.kafka.tools.consumer.ConsoleConsumer', '--topic', this.#name],
      ...['--partition', String(partition), '--offset', 'earliest'],
      ...['--max-messages', String(count), '--timeout-ms', String(readWithinMs)],
    );
    return output.split('\n');
  }

  #java(...command: string[]): Promise<string> {
    return this.#client.run([...command, '--bootstrap-server', bootstrapServer]);
  }
}
