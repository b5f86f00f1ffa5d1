import type { WebSocket } from 'ws';
import type { Connection } from '../connection/connection.ts';
import { remaining } from '../connection/exchange.ts';
import { openWebSocket } from '../connection/web-socket.ts';
import { apiErrorFromAnswer, apiErrorFromFailure } from './api-error.ts';

/** A command in a container. */
export interface PodCommand {
  namespace: string;
  pod: string;
  container: string;
  command: readonly string[];
  /** From connecting to the end of the command, in milliseconds. */
  timeoutMs: number;
}

/** What a command left. */
export interface CommandEnd {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Subprotocols of Kubernetes: the first byte of each message names its channel (k8s.io/apimachinery, util/remotecommand). */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const streams = { 1: 'stdout', 2: 'stderr' } as const;
const statusChannel = 3;

const longestOutput = 64 * 1024 ** 2;

/** Runs a command in a container of a pod, without input. @throws {ApiError} if it could not be run, or its end was not seen */
export async function runInPod(connection: Connection, request: PodCommand): Promise<CommandEnd> {
  const { namespace, pod, container, command, timeoutMs } = request;
  const deed = `run "${command.join(' ')}" in pod ${namespace}/${pod}`;
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const argument of command) query.append('command', argument);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query}`;
  const left = remaining({ timeoutMs });
  const answer = await connection
    .withEndpoint((endpoint) => openWebSocket(endpoint, path, protocols, left().timeoutMs), left())
    .catch((error: unknown) => {
      throw apiErrorFromFailure(deed, error);
    });
  if (!('webSocket' in answer)) throw apiErrorFromAnswer(deed, answer, connection.redact(answer.body));
  try {
    return await untilEnd(answer.webSocket, request, left().timeoutMs);
  } catch (error) {
    throw apiErrorFromFailure(deed, error);
  } finally {
    answer.webSocket.terminate();
  }
}

function untilEnd(webSocket: WebSocket, { timeoutMs }: PodCommand, leftMs: number): Promise<CommandEnd> {
  const written = { stdout: '', stderr: '' };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not end within ${timeoutMs} ms`)), leftMs);
    const finish = (end: () => void) => {
      clearTimeout(timer);
      end();
    };
    webSocket.on('message', (data: Buffer) => {
      const [channel] = data;
      const content = data.subarray(1);
      const stream = streams[channel as keyof typeof streams];
      if (stream !== undefined) {
        written[stream] += decoders[stream].decode(content, { stream: true });
        if (written[stream].length > longestOutput) finish(() => reject(new Error('it wrote too much')));
      } else if (channel === statusChannel) {
        finish(() => {
          const exitCode = exitCodeIn(content.toString());
          if (typeof exitCode === 'number') resolve({ exitCode, ...written });
          else reject(new Error(exitCode.problem));
        });
      }
    });
    webSocket.on('error', (error) => finish(() => reject(error)));
    webSocket.on('close', () => finish(() => reject(new Error('the connection ended before the command'))));
    webSocket.resume();
  });
}

interface Status {
  status?: string;
  message?: string;
  reason?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

function exitCodeIn(text: string): number | { problem: string } {
  let status: Status;
  try {
    status = JSON.parse(text);
  } catch {
    return { problem: 'the end of the command was not understood' };
  }
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  return status.reason === 'NonZeroExitCode' && code !== undefined
    ? Number(code)
    : { problem: status.message ?? 'the command failed' };
}
