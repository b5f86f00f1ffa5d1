const newline = 0x0a;

/** Cuts a stream into lines, as bytes with their newline, wherever its chunks end. */
export class Lines {
  #begun: Buffer[] = [];

  /** The lines that this chunk completes. */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const part = chunk.subarray(start, end + 1);
      yield this.#begun.length === 0 ? part : Buffer.concat([...this.#begun, part]);
      this.#begun = [];
      start = end + 1;
    }
    if (start < chunk.length) this.#begun.push(chunk.subarray(start));
  }

  /** What has come of a line whose end has not. */
  get rest(): Buffer {
    return Buffer.concat(this.#begun);
  }
}
