/** An object as it lies in etcd. */
export interface StoredObject {
  key: string;
  /** Bytes, each as the character of its number ("latin1"). */
  value: string;
}

/** Puts in one transaction; etcd takes at most 128. */
const batchLength = 100;

/** Batches under way at the same time: more of them only wait in etcd. */
const atOnce = 4;

/** Reads and writes objects past the API server, through etcd's gateway for JSON. Writing is many times as quick. */
export class Etcd {
  readonly #url: string;

  /** @param url such as `http://127.0.0.1:2379` */
  constructor(url: string) {
    this.#url = url;
  }

  async get(key: string): Promise<StoredObject> {
    const { kvs } = await this.#call<{ kvs?: [{ value: string }] }>('range', { key: toBase64(key) });
    if (kvs === undefined) throw new Error(`etcd has no ${key}`);
    return { key, value: Buffer.from(kvs[0].value, 'base64').toString('latin1') };
  }

  async put(object: StoredObject): Promise<void> {
    await this.#call('put', encoded(object));
  }

  /** Writes them all, in batches. The objects of a batch get the same resource version, as the API server never has it. */
  async putAll(objects: Iterable<StoredObject>): Promise<void> {
    const batches = batchesOf(objects);
    const write = async () => {
      for (const batch of batches)
        await this.#call('txn', { success: batch.map((object) => ({ requestPut: encoded(object) })) });
    };
    await Promise.all(Array.from({ length: atOnce }, write));
  }

  async #call<Answer>(name: 'range' | 'put' | 'txn', body: object): Promise<Answer> {
    const answer = await fetch(`${this.#url}/v3/kv/${name}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`etcd answers ${answer.status}: ${text}`);
    return JSON.parse(text);
  }
}

/** Several may take from it in turn; objects are asked for only when they are needed. */
function* batchesOf(objects: Iterable<StoredObject>): Generator<StoredObject[]> {
  let batch: StoredObject[] = [];
  for (const object of objects) {
    batch.push(object);
    if (batch.length < batchLength) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const encoded = ({ key, value }: StoredObject) => ({ key: toBase64(key), value: toBase64(value) });

const toBase64 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('base64');
