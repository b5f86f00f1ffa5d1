import type { StorageError } from '../disk/port.ts';
import type { EventRecorder } from '../kube/events/events.ts';
import { type ClaimReference, shownClaim } from '../model/claim.ts';
import { quantityFor, shownBytes } from '../model/quantity.ts';
import type { Logger } from './log.ts';

export interface UsedVolume {
  volume: string;
  claim: ClaimReference;
  usedBytes: number;
  capacityBytes: number;
}

/** Reports which volumes use more than their sizes, where nothing holds them to it, in the log and in Events of their claims. */
export class UsageReport {
  readonly #pool: string;
  readonly #log: Logger;
  readonly #events: Pick<EventRecorder, 'emit'>;

  /** @param pool name of the pool that it reports on */
  constructor(pool: string, { log, events }: { log: Logger; events: Pick<EventRecorder, 'emit'> }) {
    this.#pool = pool;
    this.#log = log;
    this.#events = events;
  }

  over(used: UsedVolume): void {
    const { volume, claim, usedBytes, capacityBytes } = used;
    this.#log.warn(this.#fieldsOf(used), 'volume uses more than its size');
    const what = `volume ${volume} uses ${shownBytes(usedBytes)}, and its size is ${shownBytes(capacityBytes)}`;
    const patch = `{"spec":{"resources":{"requests":{"storage":"${quantityFor(usedBytes)}"}}}}`;
    const grow = `kubectl -n ${claim.namespace} patch pvc ${claim.name} -p '${patch}'`;
    const message = `${what}. No limit holds it, so the disk may become full for others. Remove files (du -ax in its pod lists them), or grow the claim: ${grow}`;
    this.#claimEvent(claim, 'Warning', 'VolumeOverRequest', message);
  }

  within(used: UsedVolume): void {
    const { volume, claim, usedBytes, capacityBytes } = used;
    this.#log.info(this.#fieldsOf(used), 'volume is within its size again');
    const message = `volume ${volume} uses ${shownBytes(usedBytes)}, and its size is ${shownBytes(capacityBytes)}`;
    this.#claimEvent(claim, 'Normal', 'VolumeWithinRequest', message);
  }

  /** @param what name of a volume, or `trash` */
  notCounted(what: string, { reason, message }: StorageError): void {
    this.#log.warn({ pool: this.#pool, what, reason, message }, 'usage not counted');
  }

  #claimEvent(claim: ClaimReference, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const regarding = { kind: 'PersistentVolumeClaim', ...claim } as const;
    this.#events.emit({ regarding, type, reason, message });
  }

  #fieldsOf({ volume, claim, usedBytes, capacityBytes }: UsedVolume) {
    return { pool: this.#pool, volume, claim: shownClaim(claim), usedBytes, capacityBytes };
  }
}
