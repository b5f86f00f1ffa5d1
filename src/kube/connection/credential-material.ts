import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CredentialFiles } from './credential-files.ts';
import type { PluginCredentials } from './credential-plugin.ts';
import type { ServerConfig } from './kube-config.ts';

/** The certificates of a connection, in PEM. */
export interface TlsMaterial {
  /** Authorities that may sign the server's certificate. Undefined: those that the system trusts. */
  ca: string[] | undefined;
  certificate: PluginCredentials['certificate'];
}

/** The certificates and the token from the files and data of a kubeconfig, without those from a plugin or a provider. */
export interface Material extends TlsMaterial {
  /** The text that `ca` is taken from. */
  caText: string | undefined;
  token: string | undefined;
}

/** Files or data of a kubeconfig cannot be used. */
export class MaterialError extends Error {
  override readonly name = 'MaterialError';
  /** One line for each file. */
  readonly problems: string[];

  constructor(problems: string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** Reads certificates, key and token. @throws {MaterialError} with all problems */
export async function readMaterial({ cluster, user, origin }: ServerConfig, files: CredentialFiles): Promise<Material> {
  const problems: string[] = [];
  const noting = async <T>(what: string, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      problems.push(`${origin}: ${what}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const textOf = async (path: string | undefined, data: string | undefined): Promise<string | undefined> => {
    if (path) return files.read(path);
    return data ? Buffer.from(data, 'base64').toString() : undefined;
  };
  const named = (field: string, path: string | undefined): string => (path ? `${field} ${path}` : `${field}-data`);
  const ofCluster = (what: string): string => `cluster "${cluster.name}": ${what}`;
  const ofUser = (what: string): string => `user "${user.name}": ${what}`;

  // A key without a certificate is ignored, as by kubectl.
  const hasCertificate = Boolean(user.certFile || user.certData);
  const authority = ofCluster(named('certificate-authority', cluster.caFile));
  const certificate = ofUser(named('client-certificate', user.certFile));
  const [caText, cert, key, token] = await Promise.all([
    noting(authority, textOf(cluster.caFile, cluster.caData)),
    hasCertificate ? noting(certificate, textOf(user.certFile, user.certData)) : undefined,
    hasCertificate ? noting(ofUser(named('client-key', user.keyFile)), textOf(user.keyFile, user.keyData)) : undefined,
    noting(ofUser(user.tokenFile ? `tokenFile ${user.tokenFile}` : 'token'), tokenOf(user, files)),
  ]);
  const ca = caText === undefined ? undefined : await noting(authority, certificatesIn(caText));
  const pair = cert === undefined || key === undefined ? undefined : { cert, key };
  if (pair !== undefined) await noting(certificate, checkPair(pair));
  if (problems.length > 0) throw new MaterialError(problems);
  return { ca, caText, certificate: pair, token };
}

async function tokenOf(
  { token, tokenFile }: ServerConfig['user'],
  files: CredentialFiles,
): Promise<string | undefined> {
  if (!tokenFile) return token ? fitForHeader(token) : undefined;
  const text = (await files.read(tokenFile)).trim();
  if (text === '') throw new Error('is empty');
  return fitForHeader(text);
}

/** @throws {Error} that does not quote the token */
export function fitForHeader(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Error('the token contains characters that are not allowed in an HTTP header');
  return token;
}

/** Ignores any other text. @throws {Error} if there is no certificate in it */
async function certificatesIn(text: string): Promise<string[]> {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.filter((block) => parsed(() => new X509Certificate(block)) !== undefined);
  if (certificates.length === 0) throw new Error('contains no certificate in PEM format');
  return certificates;
}

async function checkPair({ cert, key }: { cert: string; key: string }): Promise<void> {
  const certificate = parsed(() => new X509Certificate(cert));
  if (certificate === undefined) throw new Error('is not a certificate in PEM format');
  const privateKey = parsed(() => createPrivateKey(key));
  if (privateKey === undefined) throw new Error('its client-key is not a private key in PEM format');
  if (!certificate.checkPrivateKey(privateKey)) throw new Error('its client-key belongs to another certificate');
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
