import { isIP, isIPv4, type Socket } from 'node:net';

/** Where a tunnel leads. */
export interface Target {
  /** A name or an address; IPv6 without brackets. */
  host: string;
  port: number;
}

/** A proxy that answers with more before its tunnel begins is none. */
const longestAnswer = 16 * 1024;

/** Makes a proxy connect a socket to a target. @throws {Error} when it does not */
export async function openTunnel(socket: Socket, proxy: URL, target: Target): Promise<void> {
  const words = new Words(socket);
  await (proxy.protocol.startsWith('socks5') ? askSocks(words, proxy, target) : askHttp(words, proxy, target));
}

/** CONNECT (RFC 9110, 9.3.6). */
async function askHttp(words: Words, proxy: URL, { host, port }: Target): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const credentials = userOf(proxy);
  words.say(
    [
      `CONNECT ${authority} HTTP/1.1`,
      `Host: ${authority}`,
      ...(credentials === undefined ? [] : [`Proxy-Authorization: Basic ${base64(credentials)}`]),
      '\r\n',
    ].join('\r\n'),
  );
  const answer = (await words.hear((text) => endOfHead(text))).toString('latin1');
  const [, status = ''] = /^HTTP\/1\.\d (\d{3}[^\r\n]*)/.exec(answer) ?? [];
  if (!status.startsWith('2')) throw new Error(`it answered CONNECT with ${status || 'something that is no HTTP'}`);
}

/** SOCKS 5 (RFC 1928), with a name and a password if the proxy wants them (RFC 1929). */
async function askSocks(words: Words, proxy: URL, target: Target): Promise<void> {
  const credentials = userOf(proxy);
  words.say(Buffer.from(credentials === undefined ? [5, 1, 0] : [5, 2, 0, 2]));
  const [version, method] = await words.hear(() => 2);
  if (version !== 5) throw new Error('it does not speak SOCKS 5');
  if (method === 2 && credentials !== undefined) await identify(words, credentials);
  else if (method !== 0) throw new Error('it wants an identification that the proxy-url does not have');
  words.say(connectRequest(target));
  const [, reply = 1] = await words.hear(lengthOfReply);
  if (reply !== 0)
    throw new Error(`it does not connect to ${target.host}:${target.port}: ${socksErrors[reply] ?? reply}`);
}

async function identify(words: Words, { name, password }: User): Promise<void> {
  const parts = [name, password].map((text) => Buffer.from(text));
  words.say(Buffer.concat([Buffer.from([1]), ...parts.flatMap((part) => [Buffer.from([part.length]), part])]));
  const [, refused] = await words.hear(() => 2);
  if (refused !== 0) throw new Error('it does not take the name and password of the proxy-url');
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
  // URL writes any address in one form, without an IPv4 part at its end.
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(left), groups(right ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]));
}

/** The reply holds an address, whose length its kind tells. */
function lengthOfReply(reply: Buffer): number | undefined {
  if (reply.length < 5) return undefined;
  const [, , , kind, first = 0] = reply;
  return 6 + (kind === 3 ? 1 + first : kind === 4 ? 16 : 4);
}

const socksErrors: Record<number, string> = {
  1: 'it failed',
  2: 'its rules forbid it',
  3: 'the network is unreachable',
  4: 'the host is unreachable',
  5: 'the connection was refused',
  6: 'it took too long',
  7: 'it does not know the command',
  8: 'it does not know the kind of address',
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

/** What is said to the proxy, and what it answers, before the socket belongs to the tunnel. */
class Words {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  say(text: string | Buffer): void {
    this.#socket.write(text);
  }

  /** Hears so much as `length` finds in what came so far; it answers undefined to hear more. The rest stays unread. */
  hear(length: (heard: Buffer) => number | undefined): Promise<Buffer> {
    const socket = this.#socket;
    let heard = Buffer.alloc(0);
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        socket.off('readable', read).off('end', ended).off('close', ended).off('error', failed);
        end();
      };
      const ended = () => finish(() => reject(new Error('it ended the connection')));
      const failed = (error: Error) => finish(() => reject(error));
      const read = () => {
        const chunk: Buffer | null = socket.read();
        if (chunk === null) return;
        heard = Buffer.concat([heard, chunk]);
        const wanted = length(heard);
        if (wanted !== undefined && heard.length >= wanted) {
          if (heard.length > wanted) socket.unshift(heard.subarray(wanted));
          finish(() => resolve(heard.subarray(0, wanted)));
        } else if (heard.length > longestAnswer) failed(new Error('its answer has no end'));
      };
      if (socket.destroyed) return ended();
      socket.on('readable', read).on('end', ended).on('close', ended).on('error', failed);
    });
  }
}
