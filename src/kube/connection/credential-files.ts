import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAborted } from './unless-aborted.ts';

/** Time limit for reading a file, in milliseconds: a hung disk must not block a request for credentials. */
const readWithinMs = 10_000;

/** Reads kubeconfigs, tokens and certificates. It keeps the text of a pipe, and starts no second read while one hangs. */
export class CredentialFiles {
  readonly #withinMs: number;
  readonly #reading = new Map<string, Promise<string>>();
  readonly #pipes = new Map<string, string>();

  constructor(withinMs = readWithinMs) {
    this.#withinMs = withinMs;
  }

  /** @throws {Error} with a message that gives the cause, without the path */
  async read(path: string): Promise<string> {
    const kept = this.#pipes.get(path);
    if (kept !== undefined) return kept;
    const reading = this.#reading.get(path) ?? this.#begin(path);
    const slow = new Error(`not readable within ${this.#withinMs / 1_000} s`);
    try {
      return await unlessAborted(reading, AbortSignal.timeout(this.#withinMs), slow);
    } catch (cause) {
      throw new Error(inWords(cause), { cause });
    }
  }

  /** Whether there is something at the path. What is there but cannot be read counts, so that `read` says why. */
  async exists(path: string): Promise<boolean> {
    try {
      await this.read(path);
      return true;
    } catch (error) {
      const { cause } = error as Error;
      return !(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT');
    }
  }

  /** Whether the program exists: a path, or a name to find in the directories of `searchPath`. */
  async hasProgram(command: string, searchPath: string): Promise<boolean> {
    const directories = searchPath.split(':').filter((directory) => directory !== '');
    const paths = command.includes('/') ? [command] : directories.map((directory) => join(directory, command));
    const limit = AbortSignal.timeout(this.#withinMs);
    const found = paths.map((path) => unlessAborted(access(path, constants.X_OK), limit));
    return Promise.any(found).then(
      () => true,
      () => false,
    );
  }

  #begin(path: string): Promise<string> {
    const reading = this.#readNow(path).finally(() => this.#reading.delete(path));
    this.#reading.set(path, reading);
    return reading;
  }

  async #readNow(path: string): Promise<string> {
    const isPipe = (await stat(path)).isFIFO();
    const text = await readFile(path, 'utf8');
    if (isPipe) this.#pipes.set(path, text);
    return text;
  }
}

const words: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
};

function inWords(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const known = words[code];
  return known === undefined ? cause.message : `${known} (${code})`;
}
