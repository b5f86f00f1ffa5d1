import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { TlsMaterial } from './credential-material.ts';
import type { KubeCluster } from './kube-config.ts';
import { NotSentError } from './not-sent-error.ts';
import { openTunnel } from './proxy-tunnel.ts';

// Ten probes, one per second (as libuv sets it), begin after 15 s of silence: a peer that vanished is noticed after 25 s.
const keepAlive = { keepAlive: true, keepAliveInitialDelay: 15_000 };

/** Connects to the server, over TLS and through a proxy if the kubeconfig says so. */
export function createConnector(
  { server, tlsServerName, skipTLSVerify, proxyUrl }: KubeCluster,
  tls: TlsMaterial,
  timeoutMs: number,
): buildConnector.connector {
  const connect = buildConnector({
    ...keepAlive,
    timeout: timeoutMs,
    // HTTP/2 would send all calls and watches over one connection, and all would fail with it.
    allowH2: false,
    // Certificates are parsed once, not for each connection.
    ...(server.startsWith('https:') ? { secureContext: contextForServer(tls, skipTLSVerify) } : {}),
    ...(tlsServerName ? { servername: tlsServerName } : {}),
    ...(skipTLSVerify ? { rejectUnauthorized: false } : {}),
  });
  if (!proxyUrl) return (options, callback) => connect(options, withNotSentErrors(callback));

  const proxy = new URL(proxyUrl);
  const proxyContext = proxy.protocol === 'https:' ? contextForProxy(tls) : undefined;
  return (options, callback) => {
    const done = withNotSentErrors(callback);
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
  // A kubeconfig may contain only an intermediate certificate, which counts as an authority, as in Go.
  return { ca, ...certificate, allowPartialTrustChain: true };
}

/** The authorities that the machine trusts, as for kubectl, and those that come with Node, for an image without any. */
function systemAuthorities(): string[] {
  return [...getCACertificates('system'), ...getCACertificates('bundled')];
}

/** A proxy may have a certificate of the cluster's authority, as kubectl requires, or of a public one. */
function contextForProxy(tls: TlsMaterial): SecureContext {
  return createSecureContext(trusting(tls, [...(tls.ca ?? []), ...systemAuthorities()]));
}

interface ProxyOptions {
  secureContext: SecureContext | undefined;
  skipTLSVerify: boolean;
  timeoutMs: number;
}

/** A socket that leads through the proxy to the target. @throws {Error} also when that takes too long */
async function tunnelTo(target: { host: string; port: number }, proxy: URL, options: ProxyOptions): Promise<Socket> {
  const { secureContext, skipTLSVerify, timeoutMs } = options;
  const host = proxy.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(proxy.port) || defaultPorts[proxy.protocol] || 1080;
  const name = `proxy ${host}:${port}`;
  const socket =
    secureContext === undefined
      ? connectTcp({ host, port, ...keepAlive })
      : connectTls({ host, port, secureContext, servername: serverName(host), rejectUnauthorized: !skipTLSVerify });
  socket.on('error', () => {}); // whoever waits for the socket gets the error
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

/** TLS allows no address as a server name. */
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

function withNotSentErrors(callback: buildConnector.Callback): buildConnector.Callback {
  return (...[error, socket]: Parameters<buildConnector.Callback>) => {
    if (error === null) callback(null, socket as Socket);
    else callback(new NotSentError(problemOf(error), error), null);
  };
}

/** OpenSSL's codes for a certificate chain without a trusted authority. */
const untrusted = /^(UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)|(DEPTH_ZERO_)?SELF_SIGNED_CERT)/;

/** Node's error for a connection that failed on several addresses has no message, but an error for each address. */
function problemOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(problemOf))].join('; ');
  if (!(error instanceof Error)) return String(error);
  const isUntrusted = 'code' in error && untrusted.test(String(error.code));
  return isUntrusted
    ? `${error.message}: no certificate authority that the kubeconfig trusts has signed the server's certificate`
    : error.message;
}
