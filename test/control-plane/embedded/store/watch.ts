import { forbiddenField } from '../objects/field-error.ts';
import { apiVersionOf, type Resource } from '../objects/resources.ts';
import { expired, internalError, refuseInvalid, type StatusError } from '../status-error.ts';
import type { Change, Collection } from './collection.ts';
import { integerOption, type ListRequest } from './list.ts';
import { type Matcher, parseSelection } from './selectors.ts';
import type { Representation, Version } from './version.ts';

export interface WatchOptions {
  selected: Matcher | undefined;
  keyPrefix: string;
  representation: Representation;
  /** Changes after this one are told; 0 for all that is there now, and then those from now on. */
  resourceVersion: number;
  bookmarks: boolean;
  timeoutMs: number;
}

const defaultTimeoutMs = 45 * 60_000;
/** How long before its end a watch gets a last bookmark. */
const farewellMs = 2_000;

export function parseWatchOptions(request: ListRequest, representation: Representation): WatchOptions {
  const { query, namespace, resource } = request;
  checkWatchOptions(query);
  const resourceVersion = query.get('resourceVersion') ?? '';
  if (!/^[0-9]*$/.test(resourceVersion)) {
    throw internalError(
      `resourceVersion: Invalid value: "${resourceVersion}": strconv.ParseUint: parsing "${resourceVersion}": invalid syntax`,
    );
  }
  const timeoutSeconds = integerOption(query, 'timeoutSeconds');
  return {
    selected: parseSelection(query, resource),
    keyPrefix: namespace === undefined ? '' : `${namespace}/`,
    representation,
    resourceVersion: Number(resourceVersion),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutMs: timeoutSeconds ? timeoutSeconds * 1000 : defaultTimeoutMs,
  };
}

export const isTrue = (value: string | null) => value === 'true' || value === '1';

function checkWatchOptions(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch');
  const initialEvents = query.get('sendInitialEvents');
  const errors = [];
  if (initialEvents === null && match) {
    const detail = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    errors.push(forbiddenField('resourceVersionMatch', detail));
  }
  if (initialEvents !== null && match !== 'NotOlderThan') {
    const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    errors.push(forbiddenField('resourceVersionMatch', detail));
  }
  if (initialEvents !== null) {
    const detail = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
    errors.push(forbiddenField('sendInitialEvents', detail));
  }
  refuseInvalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

export interface WatchSink {
  write(line: string): void;
  end(): void;
}

/** One client's watch: tells its sink of changes until it is stopped or its time is over. */
export class Watch {
  readonly #collection: Collection;
  readonly #options: WatchOptions;
  readonly #sink: WatchSink;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onStop: () => void;
  /** The latest revision that the client knows of. */
  #known = 0;
  #stopped = false;

  constructor(collection: Collection, options: WatchOptions, sink: WatchSink, onStop: () => void) {
    this.#collection = collection;
    this.#options = options;
    this.#sink = sink;
    this.#onStop = onStop;
  }

  start(bookmarkIntervalMs: number): void {
    const { resourceVersion, timeoutMs, bookmarks } = this.#options;
    const fromWhatIsThere = resourceVersion === 0;
    if (!fromWhatIsThere && resourceVersion < this.#collection.oldestRevision) {
      this.#refuse(this.#tooOld());
      return;
    }
    if (fromWhatIsThere) this.#sendWhatIsThere();
    else this.#resume(resourceVersion);
    this.#collection.listeners.add(this.#tell);
    this.#timers.push(setTimeout(() => this.stop(), timeoutMs));
    if (!bookmarks) return;
    this.#timers.push(setInterval(() => this.bookmark(), bookmarkIntervalMs));
    if (timeoutMs > farewellMs) this.#timers.push(setTimeout(() => this.bookmark(), timeoutMs - farewellMs));
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#collection.listeners.delete(this.#tell);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#sink.end();
    this.#onStop();
  }

  /** Says how far the client is, unless it has seen as much already. */
  bookmark(): void {
    const revision = this.#collection.lastRevision;
    if (this.#options.bookmarks && revision > this.#known) this.#sendBookmark(revision);
  }

  #sendWhatIsThere(): void {
    const { keyPrefix, selected, bookmarks } = this.#options;
    for (const version of this.#collection.range(keyPrefix)) {
      if (selected === undefined || selected(version.object)) this.#send('ADDED', version);
    }
    this.#known = this.#collection.lastRevision;
    if (bookmarks) this.#sendBookmark(this.#known); // a real API server would take its time
  }

  #resume(resourceVersion: number): void {
    this.#known = resourceVersion;
    for (const change of this.#collection.changesAfter(resourceVersion)) this.#tell(change);
  }

  readonly #tell = (change: Change): void => {
    if (change.revision <= this.#known || !change.key.startsWith(this.#options.keyPrefix)) return;
    const { selected } = this.#options;
    const before = change.before !== undefined && (selected?.(change.before.object) ?? true);
    const after = change.after !== undefined && (selected?.(change.after.object) ?? true);
    if (before && !after) this.#send('DELETED', change.departed());
    else if (after) this.#send(before ? 'MODIFIED' : 'ADDED', change.after as Version);
  };

  #send(type: string, version: Version): void {
    this.#known = Math.max(this.#known, version.revision);
    this.#sink.write(`{"type":"${type}","object":${version.write(this.#options.representation)}}\n`);
  }

  #sendBookmark(revision: number): void {
    this.#known = revision;
    const [kind, apiVersion] = this.#kind(this.#collection.resource);
    const metadata = { resourceVersion: String(revision) };
    this.#sink.write(`${JSON.stringify({ type: 'BOOKMARK', object: { kind, apiVersion, metadata } })}\n`);
  }

  #kind(resource: Resource): [kind: string, apiVersion: string] {
    return this.#options.representation === 'metadata'
      ? ['PartialObjectMetadata', 'meta.k8s.io/v1']
      : [resource.kind, apiVersionOf(resource)];
  }

  #tooOld(): StatusError {
    const { oldestRevision } = this.#collection;
    return expired(`too old resource version: ${this.#options.resourceVersion} (${oldestRevision})`);
  }

  /** Once a watch was admitted, what is wrong with it is told within the stream. */
  #refuse(error: StatusError): void {
    this.#sink.write(`${JSON.stringify({ type: 'ERROR', object: error.body })}\n`);
    this.stop();
  }
}
