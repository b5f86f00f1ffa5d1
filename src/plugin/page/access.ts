import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What lets somebody see the page: made anew at each start, and known to who sees what the command prints. */
export interface Secrets {
  /** In the address that the command prints. */
  token: string;
  /** In the cookie that the answer to that address sets. */
  session: string;
  /**
   * Everything but that first address lies below this path, and so does the cookie: browsers send the cookies of 127.0.0.1 to each of
   * its ports, but not to a path that another server cannot know.
   */
  basePath: string;
}

export function newSecrets(): Secrets {
  const random = () => randomBytes(24).toString('base64url');
  return { token: random(), session: random(), basePath: `/${random()}/` };
}

/** What matters of a request. */
export interface Asked {
  method: string | undefined;
  host: string | undefined;
  url: string | undefined;
  cookie: string | undefined;
}

/** The page itself has the empty name. */
export type Access = { name: string; setCookie?: string } | { refused: number; text: string };

const cookieName = 'hostpath-page';

/** Names of this machine. A page of another site that makes its name point here by DNS still sends that name. */
const ownHosts = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

/** Decides whether somebody may see what is asked for. */
export function accessOf({ method, host, url = '', cookie }: Asked, secrets: Secrets): Access {
  if (!ownHosts.test(host ?? '')) return { refused: 421, text: 'this page is served to 127.0.0.1 and localhost only' };
  if (method !== 'GET' && method !== 'HEAD') return { refused: 405, text: 'this page can only be read' };
  const [path = '', query = ''] = url.split('?');
  const token = new URLSearchParams(query).get('token');
  if (path === '/' && token !== null && isSame(token, secrets.token)) return { name: '', setCookie: cookieOf(secrets) };
  if (path.startsWith(secrets.basePath) && sessions(cookie).some((session) => isSame(session, secrets.session))) {
    return { name: path.slice(secrets.basePath.length) };
  }
  return { refused: 403, text: 'use the address that "kubectl hostpath-provisioner ui" printed' };
}

const cookieOf = ({ session, basePath }: Secrets): string =>
  `${cookieName}=${session}; Path=${basePath}; HttpOnly; SameSite=Strict`;

function sessions(cookie = ''): string[] {
  const pairs = cookie.split(';').map((pair) => pair.trim().split('='));
  return pairs.flatMap(([name, value]) => (name === cookieName && value !== undefined ? [value] : []));
}

/** Takes the same time wherever the texts begin to differ. */
const isSame = (text: string, secret: string): boolean => timingSafeEqual(hash(text), hash(secret));

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
