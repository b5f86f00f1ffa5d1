import { isIP, isIPv4, type Socket } from 'node:net';

/** The end of a tunnel. */
export interface Target {
  /** A name or an address; an IPv6 address without brackets. */
  host: string;
  port: number;
}

/** Something that sends more before the tunnel begins is not a proxy. */
const longestAnswer = 16 * 1024;

/** Makes a proxy connect the socket to the target. @throws {Error} when it does not */
export async function openTunnel(socket: Socket, proxy: URL, target: Target): Promise<void> {
  const dialogue = new Dialogue(socket);
  await (proxy.protocol.startsWith('socks5') ? askSocks(dialogue, proxy, target) : askHttp(dialogue, proxy, target));
}

/** CONNECT (RFC 9110, 9.3.6). */
async function askHttp(dialogue: Dialogue, proxy: URL, { host, port }: Target): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const credentials = userOf(proxy);
  dialogue.send(
    [
      `CONNECT ${authority} HTTP/1.1`,
      `Host: ${authority}`,
      ...(credentials === undefined ? [] : [`Proxy-Authorization: Basic ${base64(credentials)}`]),
      '\r\n',
    ].join('\r\n'),
  );
  const answer = (await dialogue.receive((text) => endOfHead(text))).toString('latin1');
  const [, status = ''] = /^HTTP\/1\.\d (\d{3}[^\r\n]*)/.exec(answer) ?? [];
  if (!status.startsWith('2')) throw new Error(`the answer to CONNECT was ${status || 'not HTTP'}`);
}

/** SOCKS 5 (RFC 1928), with a name and a password if the proxy requires them (RFC 1929). */
async function askSocks(dialogue: Dialogue, proxy: URL, target: Target): Promise<void> {
  const credentials = userOf(proxy);
  dialogue.send(Buffer.from(credentials === undefined ? [5, 1, 0] : [5, 2, 0, 2]));
  const [version, method] = await dialogue.receive(() => 2);
  if (version !== 5) throw new Error('not a SOCKS 5 proxy');
  if (method === 2 && credentials !== undefined) await authenticate(dialogue, credentials);
  else if (method !== 0) throw new Error('requires an authentication that the proxy-url does not contain');
  dialogue.send(connectRequest(target));
  const [, reply = 1] = await dialogue.receive(lengthOfReply);
  if (reply !== 0) throw new Error(`cannot connect to ${target.host}:${target.port}: ${socksErrors[reply] ?? reply}`);
}

async function authenticate(dialogue: Dialogue, { name, password }: User): Promise<void> {
  const parts = [name, password].map((text) => Buffer.from(text));
  dialogue.send(Buffer.concat([Buffer.from([1]), ...parts.flatMap((part) => [Buffer.from([part.length]), part])]));
  const [, refused] = await dialogue.receive(() => 2);
  if (refused !== 0) throw new Error('rejected the name and password of the proxy-url');
}

function connectRequest({ host, port }: Target): Buffer {
  const head = Buffer.from([5, 1, 0]);
  const end = Buffer.from([port >> 8, port & 255]);
  return Buffer.concat([head, socksAddress(host), end]);
}

function socksAddress(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([1, ...host.split('.').map(Number)]);
  if (isIP(host) === 6) return Buffer.concat([Buffer.from([4]), ipv6Bytes(host)]);
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

function ipv6Bytes(address: string): Buffer {
  // URL normalizes the address, without an IPv4 part at its end.
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(left), groups(right ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]));
}

/** The reply contains an address, whose length depends on its kind. */
function lengthOfReply(reply: Buffer): number | undefined {
  if (reply.length < 5) return undefined;
  const [, , , kind, first = 0] = reply;
  return 6 + (kind === 3 ? 1 + first : kind === 4 ? 16 : 4);
}

const socksErrors: Record<number, string> = {
  1: 'general failure',
  2: 'forbidden by the rules of the proxy',
  3: 'the network is unreachable',
  4: 'the host is unreachable',
  5: 'the connection was refused',
  6: 'TTL expired',
  7: 'command not supported',
  8: 'kind of address not supported',
};

interface User {
  name: string;
  password: string;
}

function userOf({ username, password }: URL): User | undefined {
  if (username === '' && password === '') return undefined;
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

const base64 = ({ name, password }: User): string => Buffer.from(`${name}:${password}`).toString('base64');

function endOfHead(text: Buffer): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? undefined : end + 4;
}

/** Messages to the proxy and its answers before the tunnel uses the socket. */
class Dialogue {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(text: string | Buffer): void {
    this.#socket.write(text);
  }

  /** Receives as many bytes as `length` returns for the bytes so far; undefined asks for more. The rest stays unread. */
  receive(length: (received: Buffer) => number | undefined): Promise<Buffer> {
    const socket = this.#socket;
    let received = Buffer.alloc(0);
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        socket.off('readable', read).off('end', ended).off('close', ended).off('error', failed);
        end();
      };
      const ended = () => finish(() => reject(new Error('closed the connection')));
      const failed = (error: Error) => finish(() => reject(error));
      const read = () => {
        const chunk: Buffer | null = socket.read();
        if (chunk === null) return;
        received = Buffer.concat([received, chunk]);
        const wanted = length(received);
        if (wanted !== undefined && received.length >= wanted) {
          if (received.length > wanted) socket.unshift(received.subarray(wanted));
          finish(() => resolve(received.subarray(0, wanted)));
        } else if (received.length > longestAnswer) failed(new Error('the answer is too long'));
      };
      if (socket.destroyed) return ended();
      socket.on('readable', read).on('end', ended).on('close', ended).on('error', failed);
    });
  }
}
