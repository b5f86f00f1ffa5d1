import { ApiError, isTransient, type KubeApi } from '../kube/calls/kube-api.ts';
import type { ClusterReport } from '../report/cluster-report.ts';

/** Waits between two tries, in milliseconds: doubled after each, up to the longest. */
const firstRetryMs = 500;
const longestWhileWaitedForMs = 10_000;
const longestAfterwardsMs = 10 * 60_000;

/** So often is a refusal not believed: the API server takes a moment to know a role that was just made. */
const refusalsBelievedAfter = 3;

export interface ClusterOptions {
  kube: Pick<KubeApi, 'readClusterUid'>;
  report: Pick<ClusterReport, 'known' | 'unknown'>;
  /** The UID was read after the daemon had gone to work without it. */
  onKnown: () => void;
}

/**
 * The UID of this cluster, which is read before anything is written in the base directory. An API server that does not answer
 * is waited for. One that refuses is believed after some tries: the daemon then works without the UID, and asks now and then.
 */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #ready = Promise.withResolvers<boolean>();
  #isReady = false;
  #uid: string | undefined;
  #trouble: ApiError | undefined;
  #refusals = 0;
  #retryMs = firstRetryMs;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  get uid(): string | undefined {
    return this.#uid;
  }

  /** Whether the daemon can go to work: the UID is known, or the API server refuses to tell it. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Resolves once the daemon can go to work; false if it was stopped before. */
  get ready(): Promise<boolean> {
    return this.#ready.promise;
  }

  /** Why the daemon cannot go to work yet. */
  get trouble(): string | undefined {
    return this.#isReady ? undefined : (this.#trouble?.message ?? 'not read yet');
  }

  start(): void {
    void this.#ask();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#ready.resolve(false);
  }

  async #ask(): Promise<void> {
    const answer = await this.#read();
    if (this.#stopped) return;
    if (answer instanceof ApiError) this.#failed(answer);
    else this.#learn(answer);
  }

  async #read(): Promise<string | ApiError> {
    try {
      const uid = await this.#options.kube.readClusterUid();
      return uid === '' ? new ApiError('Refused', 'namespace kube-system has no UID') : uid;
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  #learn(uid: string): void {
    const late = this.#isReady;
    this.#uid = uid;
    this.#options.report.known(uid, late);
    this.#becomeReady();
    if (late) this.#options.onKnown();
  }

  #failed(error: ApiError): void {
    this.#trouble = error;
    // Without credentials the watches fail, too, and say so: it is waited for as an answer is.
    if (error.reason !== 'Unauthorized' && !isTransient(error)) this.#refusals += 1;
    if (this.#refusals === refusalsBelievedAfter && !this.#isReady) {
      this.#options.report.unknown(error);
      this.#becomeReady();
    }
    this.#timer = setTimeout(() => void this.#ask(), this.#retryMs);
    const longestMs = this.#isReady ? longestAfterwardsMs : longestWhileWaitedForMs;
    this.#retryMs = Math.min(2 * this.#retryMs, longestMs);
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#ready.resolve(true);
  }
}
