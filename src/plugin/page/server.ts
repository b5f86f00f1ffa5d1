import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from '../../model/start-error.ts';
import { accessOf, newSecrets } from './access.ts';
import { pageAssets } from './assets.ts';
import type { PageContent } from './content.ts';
import { type DocumentOptions, failureDocument, pageDocument } from './document.ts';

/** Only this machine can reach it. */
const address = '127.0.0.1';

const defaultRefreshMs = 30_000;

/** The page loads from its own server alone, runs nothing that stands in it, and makes no markup of text in the browser. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export interface PageOptions {
  /** 0: any that is free. */
  port: number;
  subject: DocumentOptions['subject'];
  clusterOptions: DocumentOptions['clusterOptions'];
  /** Default: 30 s. */
  refreshMs?: number;
  /** Reads what the page shows. Called for each request of the page, but not twice at the same time. */
  read(): Promise<PageContent>;
}

export interface PageServer {
  /** The address that shows the page, with its token. */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  type: string;
  text: string;
}

/** Serves the page to who knows its address. @throws {StartError} when the port cannot be listened on */
export async function servePage(options: PageOptions): Promise<PageServer> {
  const secrets = newSecrets();
  const assets = pageAssets();
  const show = shower(options, secrets.basePath);
  const answer = async (name: string): Promise<Answer> => {
    const asset = assets.get(name);
    if (asset !== undefined) return { status: 200, ...asset };
    return name === '' ? await show() : plain(404, 'not found');
  };
  const server = createServer(async (request, response) => {
    const access = accessOf(asked(request), secrets);
    const { status, type, text } = 'refused' in access ? plain(access.refused, access.text) : await answer(access.name);
    const cookie = 'setCookie' in access && access.setCookie !== undefined ? { 'set-cookie': access.setCookie } : {};
    response.writeHead(status, { ...headers, ...cookie, 'content-type': `${type}; charset=utf-8` });
    response.end(request.method === 'HEAD' ? undefined : text);
  });
  await listen(server, options.port);
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}/?token=${secrets.token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The page as it is now. Who asks while it is read gets what is read. */
function shower({ read, subject, clusterOptions, refreshMs }: PageOptions, basePath: string): () => Promise<Answer> {
  const shown: DocumentOptions = { subject, clusterOptions, refreshMs: refreshMs ?? defaultRefreshMs, basePath };
  const show = async (): Promise<Answer> => {
    try {
      return { status: 200, type: 'text/html', text: pageDocument(await read(), shown) };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { status: 503, type: 'text/html', text: failureDocument(problem, shown) };
    }
  };
  let reading: Promise<Answer> | undefined;
  return () => {
    reading ??= show().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

const asked = ({ method, url, headers: { host, cookie } }: IncomingMessage) => ({ method, url, host, cookie });

const plain = (status: number, text: string): Answer => ({ status, type: 'text/plain', text: `${text}\n` });

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`cannot listen on ${address}:${port} (${problem}): set another --port`, { cause });
  });
}
