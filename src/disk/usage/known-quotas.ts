import type { Quota } from '../../model/volume-record.ts';

/** Quotas as the journal has them, each read once: whoever asks for usage asks for that of all volumes. */
export class KnownQuotas {
  /** By name of the volume. */
  readonly #reads = new Map<string, Promise<Quota | undefined>>();

  /** Only a quota is kept. A volume without one, or one that cannot be read, is read again. */
  of(volume: string, read: () => Promise<Quota | undefined>): Promise<Quota | undefined> {
    const known = this.#reads.get(volume);
    if (known !== undefined) return known;
    const reading = read();
    this.#reads.set(volume, reading);
    const drop = () => {
      if (this.#reads.get(volume) === reading) this.#reads.delete(volume);
    };
    reading.then((quota) => quota ?? drop(), drop);
    return reading;
  }

  /** Call it after each change of the record or its place: a reading that is under way may have seen the state before. */
  forget(volume: string): void {
    this.#reads.delete(volume);
  }
}
