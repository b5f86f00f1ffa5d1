import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { TlsMaterial } from './credential-material.ts';
import type { KubeCluster } from './kube-config.ts';
import { NotSentError } from './not-sent-error.ts';
import { openTunnel } from './proxy-tunnel.ts';

// Probes after 15 s of silence, then each second, ten times (libuv's figures): a peer that is gone without a word is found
// after 25 s.
const keepAlive = { keepAlive: true, keepAliveInitialDelay: 15_000 };

/** How a connection to the server is made: over TLS as its kubeconfig says, and through its proxy if it has one. */
export function createConnector(
  { server, tlsServerName, skipTLSVerify, proxyUrl }: KubeCluster,
  tls: TlsMaterial,
  timeoutMs: number,
): buildConnector.connector {
  const connect = buildConnector({
    ...keepAlive,
    timeout: timeoutMs,
    // HTTP/2 would put every call and watch on one connection, which takes them all along when it dies.
    allowH2: false,
    // Certificates are parsed once instead of for every connection.
    ...(server.startsWith('https:') ? { secureContext: contextForServer(tls, skipTLSVerify) } : {}),
    ...(tlsServerName ? { servername: tlsServerName } : {}),
    ...(skipTLSVerify ? { rejectUnauthorized: false } : {}),
  });
  if (!proxyUrl) return (options, callback) => connect(options, sayingThatNothingWasSent(callback));

  const proxy = new URL(proxyUrl);
  const proxyContext = proxy.protocol === 'https:' ? contextForProxy(tls) : undefined;
  return (options, callback) => {
    const done = sayingThatNothingWasSent(callback);
    const { hostname, protocol } = options;
    const port = Number(options.port || (protocol === 'https:' ? 443 : 80));
    tunnelTo({ host: hostname, port }, proxy, { secureContext: proxyContext, skipTLSVerify, timeoutMs }).then(
      (socket) => (protocol === 'https:' ? connect({ ...options, httpSocket: socket }, done) : done(null, socket)),
      (error) => done(error, null),
    );
  };
}

function contextForServer(tls: TlsMaterial, skipTLSVerify: boolean): SecureContext {
  if (skipTLSVerify) return createSecureContext({ ...tls.certificate });
  return createSecureContext(trusting(tls, tls.ca ?? systemAuthorities()));
}

function trusting({ certificate }: TlsMaterial, ca: string[]) {
  // An intermediate certificate may be the only one that a kubeconfig has: it counts as an authority, as it does in Go.
  return { ca, ...certificate, allowPartialTrustChain: true };
}

/** Those that the machine trusts, as for kubectl, and those that come with Node, for an image without any. */
function systemAuthorities(): string[] {
  return [...getCACertificates('system'), ...getCACertificates('bundled')];
}

/** A proxy may have its certificate from the cluster's authority, which is the one that kubectl asks for, or from a public one. */
function contextForProxy(tls: TlsMaterial): SecureContext {
  return createSecureContext(trusting(tls, [...(tls.ca ?? []), ...systemAuthorities()]));
}

interface ProxyOptions {
  secureContext: SecureContext | undefined;
  skipTLSVerify: boolean;
  timeoutMs: number;
}

/** A socket that leads through the proxy to the target, or an error within the time. */
async function tunnelTo(target: { host: string; port: number }, proxy: URL, options: ProxyOptions): Promise<Socket> {
  const { secureContext, skipTLSVerify, timeoutMs } = options;
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(proxy.port) || defaultPorts[proxy.protocol] || 1080;
  const name = `proxy ${host}:${port}`;
  const socket =
    secureContext === undefined
      ? connectTcp({ host, port, ...keepAlive })
      : connectTls({ host, port, secureContext, servername: serverName(host), rejectUnauthorized: !skipTLSVerify });
  socket.on('error', () => {}); // told by who waits for it
  const timer = setTimeout(() => socket.destroy(new Error(`no tunnel within ${timeoutMs} ms`)), timeoutMs);
  try {
    await connected(socket, secureContext === undefined ? 'connect' : 'secureConnect');
    socket.setKeepAlive(true, keepAlive.keepAliveInitialDelay);
    await openTunnel(socket, proxy, target);
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new Error(`${name}: ${problemOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

const defaultPorts: Record<string, number> = { 'http:': 80, 'https:': 443 };

/** No name for addresses, which TLS does not allow. */
const serverName = (host: string): string => (/^[\d.]+$|:/.test(host) ? '' : host);

function connected(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => {
      socket.off('error', reject);
      resolve();
    });
    socket.once('error', reject);
  });
}

function sayingThatNothingWasSent(callback: buildConnector.Callback): buildConnector.Callback {
  return (...[error, socket]: Parameters<buildConnector.Callback>) => {
    if (error === null) callback(null, socket as Socket);
    else callback(new NotSentError(problemOf(error), error), null);
  };
}

/** What OpenSSL says of a chain of certificates that ends with nobody whom we trust. */
const untrusted = /^(UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|(DEPTH_ZERO_)?SELF_SIGNED_CERT)/;

/** Node reports a connection that failed on several addresses without a message: each says why. */
function problemOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(problemOf))].join('; ');
  if (!(error instanceof Error)) return String(error);
  const isUntrusted = 'code' in error && untrusted.test(String(error.code));
  return isUntrusted ? `${error.message}: nobody whom the kubeconfig trusts vouches for the server` : error.message;
}
