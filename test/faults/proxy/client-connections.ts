import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The daemon's connections below TLS: only there can one be reset. */
export class ClientConnections {
  /** By the client's port. */
  readonly #open = new Map<number | undefined, Socket>();
  #refusing: NodeJS.Timeout | undefined;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => this.#take(socket));
  }

  /** The connection that a TLS socket speaks through. */
  below({ remotePort }: Pick<Socket, 'remotePort'>): Socket | undefined {
    return this.#open.get(remotePort);
  }

  resetAll(): void {
    for (const socket of this.#open.values()) socket.resetAndDestroy();
  }

  /** Resets all connections, and new ones for that time, in milliseconds. */
  refuseFor(ms: number): void {
    clearTimeout(this.#refusing);
    this.#refusing = setTimeout(() => {
      this.#refusing = undefined;
    }, ms);
    this.resetAll();
  }

  close(): void {
    clearTimeout(this.#refusing);
    this.resetAll();
  }

  #take(socket: Socket): void {
    const { remotePort } = socket;
    this.#open.set(remotePort, socket);
    socket.on('error', () => {}); // resets are what this is for
    socket.on('close', () => {
      if (this.#open.get(remotePort) === socket) this.#open.delete(remotePort);
    });
    if (this.#refusing !== undefined) socket.resetAndDestroy();
  }
}
