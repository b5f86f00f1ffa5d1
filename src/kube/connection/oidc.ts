import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { KubeUser } from './kube-config.ts';
import { unlessAborted } from './unless-aborted.ts';

/** Time limit for an answer of the provider, in milliseconds. */
const withinMs = 30_000;

/**
 * The token of a user with the auth-provider `oidc`, renewed at the provider when it has expired. The new token is stored in
 * `authProvider`, not in the kubeconfig. @throws {Error} when it cannot be renewed
 */
export async function oidcToken(authProvider: NonNullable<KubeUser['authProvider']>): Promise<string> {
  const kubeConfig = new KubeConfig();
  // client-node requires a cluster, which is not contacted.
  const anywhere = 'https://127.0.0.1';
  kubeConfig.loadFromClusterAndUser(
    { name: 'any', server: anywhere, skipTLSVerify: false },
    { name: 'any', authProvider },
  );
  const request = new RequestContext(anywhere, HttpMethod.GET);
  const slow = new Error(`the provider did not answer within ${withinMs / 1_000} s`);
  await unlessAborted(kubeConfig.applySecurityAuthentication(request), AbortSignal.timeout(withinMs), slow);
  const token = request.getHeaders().Authorization?.replace(/^Bearer /, '');
  if (token === undefined) throw new Error('the id-token has expired and there is no refresh-token: log in again');
  return token;
}
