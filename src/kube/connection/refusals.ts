import { pluginVersions } from './credential-plugin.ts';
import type { KubeCluster, KubeUser, ServerConfig } from './kube-config.ts';

/** Schemes of proxies that kubectl knows; `socks5h` is what `socks5` does here and there. */
const proxySchemes = ['http:', 'https:', 'socks5:', 'socks5h:'];

/** Providers that kubectl had once, and what its users do instead. */
const removedProviders: Record<string, string> = {
  azure: 'let the user run kubelogin by exec ("kubelogin convert-kubeconfig")',
  gcp: 'let the user run gke-gcloud-auth-plugin by exec ("gcloud container clusters get-credentials")',
  openstack: 'let the user run client-keystone-auth by exec',
};

/**
 * What of a kubeconfig the daemon cannot work with, each with what to do. Files are looked into elsewhere. Mostly these are
 * kubectl's own rules (client-go, clientcmd/validation.go).
 */
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
    problems.push('its server is no URL that begins with https:// or http://');
  } else if (url.username !== '' || url.password !== '') {
    problems.push('its server has a user in its URL; name it among the users instead');
  }
  if (proxyUrl) {
    const scheme = URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : undefined;
    if (scheme === undefined) problems.push('its proxy-url is no URL');
    else if (!proxySchemes.includes(scheme)) {
      problems.push(`its proxy-url has the scheme ${scheme.slice(0, -1)}; use http, https or socks5`);
    }
  }
  if (caFile && caData) problems.push('certificate-authority and certificate-authority-data are both there; keep one');
  if (skipTLSVerify && (caFile || caData) && url?.protocol === 'https:') {
    problems.push('insecure-skip-tls-verify and a certificate-authority are both there; keep one');
  }
  return problems;
}

function userProblems(user: KubeUser): string[] {
  const { certFile, certData, keyFile, keyData, exec, authProvider } = user;
  const problems: string[] = [];
  const hasCertificate = Boolean(certFile || certData);
  if (certFile && certData) problems.push('client-certificate and client-certificate-data are both there; keep one');
  if (hasCertificate && keyFile && keyData) problems.push('client-key and client-key-data are both there; keep one');
  if (hasCertificate && !keyFile && !keyData) problems.push('client-key or client-key-data is missing');
  if ((user.token || user.tokenFile) && (user.username || user.password)) {
    problems.push('a token and a password are both there; keep one');
  }
  const { impersonateUid, impersonateGroups, impersonateExtra } = user;
  if (!user.impersonateUser && (impersonateUid || impersonateGroups?.length || impersonateExtra)) {
    problems.push('as-uid, as-groups and as-user-extra need "as", the user to act as');
  }
  if (exec && authProvider) problems.push('exec and auth-provider are both there; keep one');
  if (exec) problems.push(...pluginProblems(exec));
  if (authProvider) problems.push(...providerProblems(authProvider));
  return problems;
}

function pluginProblems({ command, apiVersion, interactiveMode, env }: NonNullable<KubeUser['exec']>): string[] {
  const problems: string[] = [];
  if (!command) problems.push('its exec has no command');
  if (apiVersion === undefined || !pluginVersions.includes(apiVersion)) {
    problems.push(`the apiVersion of its exec is ${JSON.stringify(apiVersion)}; use ${pluginVersions.join(' or ')}`);
  }
  if (interactiveMode === 'Always') {
    problems.push(
      'its exec has interactiveMode Always, and the daemon has no terminal; use a plugin that asks nothing',
    );
  } else if (interactiveMode !== undefined && !['Never', 'IfAvailable'].includes(interactiveMode)) {
    problems.push(`its exec has interactiveMode ${JSON.stringify(interactiveMode)}; use Never or IfAvailable`);
  }
  if (env?.some(({ name }) => !name)) problems.push('its exec has a variable in env without a name');
  return problems;
}

function providerProblems({ name = '', config }: NonNullable<KubeUser['authProvider']>): string[] {
  if (name === 'oidc') {
    return config?.['id-token'] ? [] : ['its auth-provider oidc has no id-token; log in again, so that it has one'];
  }
  const instead = removedProviders[name] ?? 'use exec, a token or a certificate';
  return [`its auth-provider ${name} is not supported, by kubectl neither; ${instead}`];
}
