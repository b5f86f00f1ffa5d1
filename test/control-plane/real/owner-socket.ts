import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { corednsPath } from './prerequisites.ts';

/** What the owner says when nobody waits for it, such as that a program has died. */
export const ownerLogPath = join(dirname(corednsPath), 'cluster.log');

/** What the owner of the cluster is asked: how to reach it, or to end it. */
export type Request = 'where' | 'down';

export interface Answer {
  /** Of the cluster's admin; undefined: the cluster is not up yet, or no more. */
  kubeconfigPath?: string | undefined;
  /** Why what was asked for could not be done. */
  error?: string;
}

// One for each clone of the project. The zero byte makes it a name in Linux's abstract namespace and no file: one process can
// have it, and it goes with that process.
const project = resolve(import.meta.dirname, '../../..');
const address = `\0hostpath-provisioner-cluster-${createHash('sha256').update(project).digest('hex').slice(0, 16)}`;

/**
 * Makes this process the owner of the project's cluster.
 * @throws {Error} with code EADDRINUSE when another process is
 */
export async function serveOwner(answers: Record<Request, () => Promise<Answer>>): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', (error) => console.error(`no answer to who asked: ${error.message}`)); // Ctrl-C there, and not here
    text(socket)
      .then((request) => answers[request as Request]())
      .then((answer) => socket.end(JSON.stringify(answer)))
      .catch((error) => socket.destroy(error));
  });
  server.listen(address);
  await once(server, 'listening');
  return server;
}

/** @returns undefined when no process owns a cluster */
export async function askOwner(request: Request): Promise<Answer | undefined> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return undefined;
    throw error;
  }
  socket.end(request);
  const answer = await text(socket);
  if (answer === '') throw new Error('the process that owns the cluster ended before it answered');
  return JSON.parse(answer);
}
