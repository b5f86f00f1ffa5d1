import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Keeps out of the bundle what the daemon never uses of two large dependencies. A sixth of what it took before its first
 * request, and a third of its start, was code that was loaded and never run.
 */
export const lean: Plugin = {
  name: 'lean',
  setup({ onLoad, onResolve }) {
    // An import of `node:http` reads all that it exports, which loads Node's own fetch and HTTP/2: `require` does not.
    onResolve({ filter: new RegExp(`^(node:)?(${builtinModules.join('|')})$`) }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'required' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require('${path}');`,
    }));

    for (const [file, contents] of Object.entries(replaced)) {
      const filter = new RegExp(`/node_modules/${file.replaceAll('.', '\\.')}$`);
      onLoad({ filter }, ({ path }) => ({ contents, resolveDir: dirname(path) }));
    }
  },
};

/** A module with classes that serve no user of a kubeconfig. */
function leftOut(...classes: string[]): string {
  return classes.map((name) => `export class ${name} { isAuthProvider() { return false; } }`).join('\n');
}

/** Modules by their file, and what takes their place. */
const replaced = {
  // Loads fetch, WebSocket, caches and mocks as well. Here is what `src/kube/` uses.
  'undici/index.js': `
    exports.Agent = require('./lib/dispatcher/agent');
    exports.buildConnector = require('./lib/core/connect');
    require('./lib/dispatcher/dispatcher').prototype.request = require('./lib/api').request;`,

  // HTTP/2 is switched off (`allowH2` in src/kube/connection/credentials.ts); loading Node's takes 7 MiB.
  'undici/lib/dispatcher/client-h2.js': `module.exports = () => { throw new Error('HTTP/2 is not in the bundle'); };`,

  // Loads a class for each of the hundreds of kinds, for typed clients. Here is what `src/kube/` uses.
  '@kubernetes/client-node/dist/index.js': `
    export { KubeConfig } from './config.js';
    export { HttpMethod, RequestContext } from './gen/http/http.js';`,
  '@kubernetes/client-node/dist/gen/index.js': `
    export const createConfiguration = () => { throw new Error('typed clients are not in the bundle'); };
    export const ServerConfiguration = createConfiguration;`,

  // Credentials other than of an OpenID Connect provider, and proxies, are the matter of `src/kube/` itself.
  '@kubernetes/client-node/dist/azure_auth.js': leftOut('AzureAuth'),
  '@kubernetes/client-node/dist/gcp_auth.js': leftOut('GoogleCloudPlatformAuth'),
  '@kubernetes/client-node/dist/exec_auth.js': leftOut('ExecAuth'),
  'socks-proxy-agent/dist/index.js': leftOut('SocksProxyAgent'),
  'socks/build/index.js': leftOut('SocksClient'),
  'hpagent/index.mjs': leftOut('HttpProxyAgent', 'HttpsProxyAgent'),
};

/** Of these modules, nothing is in the bundle: what stands in their place is ours. */
export const leftOutFiles: readonly string[] = Object.entries(replaced)
  .filter(([, contents]) => !/\b(require|from)\b/.test(contents))
  .map(([file]) => file);
