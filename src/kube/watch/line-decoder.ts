/** A line is longer than the memory that it may take. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

const newline = 0x0a;

/** Splits a stream into lines. Chunks may end within a character, which in UTF-8 never contains the byte of a newline. */
export class LineDecoder {
  readonly #longestBytes: number;
  #begun: Uint8Array[] = [];
  #begunBytes = 0;

  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes;
  }

  /** The non-empty lines that this chunk completes. @throws {LineTooLongError} */
  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#complete(chunk, start, end);
      if (line !== '') yield line;
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #complete(chunk: Buffer, start: number, end: number): string {
    if (this.#begunBytes === 0) return chunk.toString('utf8', start, end);
    this.#keep(chunk.subarray(start, end));
    const line = Buffer.concat(this.#begun).toString('utf8');
    this.#begun = [];
    this.#begunBytes = 0;
    return line;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#begunBytes += part.length;
    if (this.#begunBytes > this.#longestBytes) {
      throw new LineTooLongError(`a line is longer than ${this.#longestBytes} bytes`);
    }
    this.#begun.push(part);
  }
}
