import type { Readable } from 'node:stream';
import type { MetadataObject } from '../../model/kubernetes.ts';
import { apiErrorFromAnswer, apiErrorFromFailure, apiErrorFromStatus } from '../calls/api-error.ts';
import { ApiError } from '../calls/kube-api.ts';
import { acceptOf, queryOf, type Selection } from '../calls/selection.ts';
import type { Connection } from '../connection/connection.ts';
import { LineDecoder } from './line-decoder.ts';

/** An event of a watch. An event of type ERROR is thrown instead. */
export interface WatchEvent<Kind> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: Kind;
}

/** Nothing came for so long that the connection or the server behind it counts as dead. */
export class WatchSilentError extends Error {
  override readonly name = 'WatchSilentError';
}

/** The stream contains something that is not a watch event. */
export class WatchUnreadableError extends Error {
  override readonly name = 'WatchUnreadableError';
}

export interface WatchOptions {
  resourceVersion: string;
  /** Whether the server is asked to report its current version from time to time. */
  bookmarks: boolean;
  /** The server is asked to end the watch after this time, so that watches spread over its replicas again. */
  serverTimeoutMs: number;
  /** Longest silence, before and after the answer begins. */
  silenceMs: number;
  /** A longer line is an error. Default 32 MiB. */
  longestLineBytes?: number | undefined;
  signal: AbortSignal;
  /** Called when the server has accepted the watch. */
  onOpen: () => void;
}

const longestLineBytesByDefault = 32 * 1024 ** 2;
const longestRefusal = 64 * 1024;

const eventTypes = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

/**
 * Watches until the server ends it.
 * @throws {ApiError} when the server refuses or ends the watch with an error, or the connection breaks
 * @throws {WatchSilentError | WatchUnreadableError | LineTooLongError}
 */
export async function* watch<Kind extends MetadataObject>(
  connection: Connection,
  selection: Selection,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<Kind>> {
  const deed = `watch ${selection.path}`;
  const decoder = new LineDecoder(options.longestLineBytes ?? longestLineBytesByDefault);
  for await (const chunk of chunksOf(connection, selection, options, deed)) {
    for (const line of decoder.push(chunk)) {
      const event = parse(line);
      if (event.type === 'ERROR') throw apiErrorFromStatus(deed, parse(connection.redact(line)).object);
      yield event as WatchEvent<Kind>;
    }
  }
}

async function* chunksOf(
  connection: Connection,
  selection: Selection,
  { resourceVersion, bookmarks, serverTimeoutMs, silenceMs, signal, onOpen }: WatchOptions,
  deed: string,
): AsyncGenerator<Buffer> {
  const query = queryOf(selection, {
    watch: 'true',
    ...(bookmarks && { allowWatchBookmarks: 'true' }),
    resourceVersion,
    timeoutSeconds: `${Math.ceil(serverTimeoutMs / 1_000)}`,
  });
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new WatchSilentError(`no data for ${silenceMs} ms`)), silenceMs);
  try {
    const answer = await connection.watch(
      {
        method: 'GET',
        path: `${selection.path}?${query}`,
        accept: acceptOf(selection, 'PartialObjectMetadata'),
      },
      AbortSignal.any([signal, silence.signal]),
    );
    if (answer.statusCode !== 200) {
      throw apiErrorFromAnswer(deed, answer, connection.redact(await beginningOf(answer.body)));
    }
    onOpen();
    for await (const chunk of answer.body) {
      timer.refresh();
      yield chunk;
    }
  } catch (error) {
    if (signal.aborted || error instanceof ApiError) throw error;
    throw silence.signal.aborted ? silence.signal.reason : apiErrorFromFailure(deed, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The beginning of a refusal, which a proxy may send at any length. */
async function beginningOf(body: Readable): Promise<string> {
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) {
    text += chunk;
    if (text.length > longestRefusal) break;
  }
  return text;
}

function parse(line: string): { type: string; object: unknown } {
  let event: { type?: unknown; object?: unknown } | null;
  try {
    event = JSON.parse(line);
  } catch {
    throw new WatchUnreadableError('a line of the watch is not JSON');
  }
  const { type, object } = event ?? {};
  if (typeof type !== 'string' || !eventTypes.has(type) || typeof object !== 'object' || object === null) {
    throw new WatchUnreadableError('a line of the watch is not an event');
  }
  return { type, object };
}
