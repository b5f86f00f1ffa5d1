import type { TestCluster } from '../e2e/test-cluster.ts';
import { type Acknowledgement, longestPauseMs, lost, messagesByPartition } from './acknowledgements.ts';
import type { Figures } from './figures.ts';
import { type KafkaClient, PodClient } from './kafka-client.ts';
import { Producer, verifiableProducer } from './producer.ts';

const bootstrapServer = 'kafka:9092';
const readWithinMs = 120_000;
const messagesAround = 400;

/** A topic of a Kafka cluster, and all messages of it that were ever acknowledged. */
export class Topic {
  readonly #client: KafkaClient;
  readonly #name: string;
  readonly #acknowledged: Acknowledgement[] = [];
  #runs = 0;

  private constructor(client: KafkaClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** @throws {Error} if the Kafka cluster has it already */
  static async create(
    cluster: TestCluster,
    name: string,
    { replicas, client = new PodClient(cluster) }: { replicas: number; client?: KafkaClient },
  ): Promise<Topic> {
    const topic = new Topic(client, name);
    await topic.#java(
      ...['org.apache.kafka.tools.TopicCommand', '--create', '--topic', name],
      ...['--partitions', '2', '--replication-factor', String(replicas)],
    );
    return topic;
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
