import { ApiError, isTransient, type KubeApi } from '../kube/calls/kube-api.ts';
import type { ClusterReport } from '../report/cluster-report.ts';

/** Waits between two tries, in milliseconds: each is twice as long as the one before, up to a limit. */
const firstRetryMs = 500;
const longestAtStartMs = 10_000;
const longestLaterMs = 10 * 60_000;

/** Earlier refusals do not count: the API server takes a moment to know a new role. */
const refusalsBelievedAfter = 3;

export interface ClusterOptions {
  kube: Pick<KubeApi, 'readClusterUid'>;
  report: Pick<ClusterReport, 'known' | 'unknown'>;
  /** The UID was read after the daemon had started work without it. */
  onKnown: () => void;
}

/**
 * Reads the UID of this cluster, before anything is written in the base directory. It retries while the API server does not
 * answer. When the API server keeps refusing, the daemon works without the UID, and asks from time to time.
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

  /** Whether the daemon can start work: the UID is known, or the API server refuses to tell it. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Resolves with true once the daemon can start work, with false if it is stopped before. */
  get ready(): Promise<boolean> {
    return this.#ready.promise;
  }

  /** Why the daemon cannot start work yet. */
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
    // A 401 is no refusal by role: the watches fail as well, and report it.
    if (error.reason !== 'Unauthorized' && !isTransient(error)) this.#refusals += 1;
    if (this.#refusals === refusalsBelievedAfter && !this.#isReady) {
      this.#options.report.unknown(error);
      this.#becomeReady();
    }
    this.#timer = setTimeout(() => void this.#ask(), this.#retryMs);
    const longestMs = this.#isReady ? longestLaterMs : longestAtStartMs;
    this.#retryMs = Math.min(2 * this.#retryMs, longestMs);
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#ready.resolve(true);
  }
}
