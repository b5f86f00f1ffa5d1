import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { KubeUser } from './kube-config.ts';
import { unlessAborted } from './unless-aborted.ts';

/** Whether a provider answers or not, in milliseconds. */
const withinMs = 30_000;

/**
 * The token of a user with the auth-provider `oidc`, renewed at the provider when it has expired. The renewed one is kept in
 * `authProvider`, not in the kubeconfig.
 * @throws {Error} when it cannot be renewed
 */
export async function oidcToken(authProvider: NonNullable<KubeUser['authProvider']>): Promise<string> {
  const kubeConfig = new KubeConfig();
  // client-node wants a cluster, too; none is asked for anything here.
  const anywhere = 'https://127.0.0.1';
  kubeConfig.loadFromClusterAndUser(
    { name: 'any', server: anywhere, skipTLSVerify: false },
    { name: 'any', authProvider },
  );
  const request = new RequestContext(anywhere, HttpMethod.GET);
  const slow = new Error(`its provider did not answer within ${withinMs / 1_000} s`);
  await unlessAborted(kubeConfig.applySecurityAuthentication(request), AbortSignal.timeout(withinMs), slow);
  const token = request.getHeaders().Authorization?.replace(/^Bearer /, '');
  if (token === undefined) throw new Error('its id-token has expired and it has no refresh-token: log in again');
  return token;
}
