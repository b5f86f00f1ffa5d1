import { pluginVersions } from './credential-plugin.ts';
import type { KubeCluster, KubeUser, ServerConfig } from './kube-config.ts';

/** Proxy schemes that kubectl supports; `socks5h` and `socks5` do the same, here as in kubectl. */
const proxySchemes = ['http:', 'https:', 'socks5:', 'socks5h:'];

/** Providers that kubectl once supported, and what to use instead. */
const removedProviders: Record<string, string> = {
  azure: 'use the credential plugin kubelogin ("kubelogin convert-kubeconfig")',
  gcp: 'use the credential plugin gke-gcloud-auth-plugin ("gcloud container clusters get-credentials")',
  openstack: 'use the credential plugin client-keystone-auth',
};

/** The fields of a kubeconfig that the daemon cannot use, mostly by kubectl's rules (clientcmd/validation.go). */
export function refusals({ cluster, user, origin }: ServerConfig): string[] {
  return [
    ...clusterProblems(cluster).map((problem) => `${origin}: cluster "${cluster.name}": ${problem}`),
    ...userProblems(user).map((problem) => `${origin}: user "${user.name}": ${problem}`),
  ];
}

function clusterProblems({ server, proxyUrl, caFile, caData, skipTLSVerify }: KubeCluster): string[] {
  const problems: string[] = [];
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    problems.push('its server is not a URL that begins with https:// or http://');
  } else if (url.username !== '' || url.password !== '') {
    problems.push('its server has a user in its URL: put it among the users instead');
  }
  if (proxyUrl) {
    const scheme = URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : undefined;
    if (scheme === undefined) problems.push('its proxy-url is not a URL');
    else if (!proxySchemes.includes(scheme)) {
      problems.push(`its proxy-url has the scheme ${scheme.slice(0, -1)}: use http, https or socks5`);
    }
  }
  if (caFile && caData) problems.push('certificate-authority and certificate-authority-data are both set: keep one');
  if (skipTLSVerify && (caFile || caData) && url?.protocol === 'https:') {
    problems.push('insecure-skip-tls-verify and a certificate-authority are both set: keep one');
  }
  return problems;
}

function userProblems(user: KubeUser): string[] {
  const { certFile, certData, keyFile, keyData, exec, authProvider } = user;
  const problems: string[] = [];
  const hasCertificate = Boolean(certFile || certData);
  if (certFile && certData) problems.push('client-certificate and client-certificate-data are both set: keep one');
  if (hasCertificate && keyFile && keyData) problems.push('client-key and client-key-data are both set: keep one');
  if (hasCertificate && !keyFile && !keyData) problems.push('a client certificate needs client-key or client-key-data');
  if ((user.token || user.tokenFile) && (user.username || user.password)) {
    problems.push('a token and a password are both set: keep one');
  }
  const { impersonateUid, impersonateGroups, impersonateExtra } = user;
  if (!user.impersonateUser && (impersonateUid || impersonateGroups?.length || impersonateExtra)) {
    problems.push('as-uid, as-groups and as-user-extra need "as", the user to impersonate');
  }
  if (exec && authProvider) problems.push('exec and auth-provider are both set: keep one');
  if (exec) problems.push(...pluginProblems(exec));
  if (authProvider) problems.push(...providerProblems(authProvider));
  return problems;
}

function pluginProblems({ command, apiVersion, interactiveMode, env }: NonNullable<KubeUser['exec']>): string[] {
  const problems: string[] = [];
  if (!command) problems.push('its exec has no command');
  if (apiVersion === undefined || !pluginVersions.includes(apiVersion)) {
    problems.push(`the apiVersion of its exec is ${JSON.stringify(apiVersion)}: use ${pluginVersions.join(' or ')}`);
  }
  if (interactiveMode === 'Always') {
    problems.push('its exec has interactiveMode Always, but it would have no terminal: use a plugin that asks nothing');
  } else if (interactiveMode !== undefined && !['Never', 'IfAvailable'].includes(interactiveMode)) {
    problems.push(`its exec has interactiveMode ${JSON.stringify(interactiveMode)}: use Never or IfAvailable`);
  }
  if (env?.some(({ name }) => !name)) problems.push('its exec has a variable in env without a name');
  return problems;
}

function providerProblems({ name = '', config }: NonNullable<KubeUser['authProvider']>): string[] {
  if (name === 'oidc') {
    return config?.['id-token'] ? [] : ['its auth-provider oidc has no id-token: log in again'];
  }
  const instead = removedProviders[name] ?? 'use exec, a token or a certificate';
  return [`its auth-provider ${name} is not supported, nor is it by kubectl: ${instead}`];
}
