import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Keeps out of the bundle what the daemon never uses of two large dependencies. Most of what it takes at rest, and half of
 * its start, was code that was loaded and never run.
 */
export const lean: Plugin = {
  name: 'lean',
  setup({ onLoad, onResolve, resolve }) {
    // An import of `node:http` reads all that it exports, which loads Node's own fetch and HTTP/2: `require` does not.
    onResolve({ filter: /^/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace: required } : undefined,
    );
    onLoad({ filter: /^/, namespace: required }, ({ path }) => ({ contents: `module.exports = require('${path}');` }));

    // undici's index loads fetch, WebSocket, caches and mocks: here is what `src/kube/` and client-node's configuration use.
    onLoad({ filter: /\/undici\/index\.js$/ }, ({ path }) => ({ contents: undici, resolveDir: dirname(path) }));

    // HTTP/2 is switched off (`allowH2` in src/kube/credentials.ts); loading Node's takes 7 MiB.
    onLoad({ filter: /\/undici\/lib\/dispatcher\/client-h2\.js$/ }, () => ({ contents: withoutHttp2 }));

    // What knows the hundreds of kinds for client-node's typed clients: `src/kube/` makes its few calls itself.
    onLoad({ filter: /\/client-node\/dist\/gen\/models\/ObjectSerializer\.js$/ }, () => ({ contents: withoutKinds }));

    // Its modules do nothing but define things, so that those which nobody uses can be left out.
    onResolve({ filter: /^/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
      const isOfClient = path === clientNode || importer.includes(`/${clientNode}/dist/`);
      if (!isOfClient || pluginData === resolved || kind !== 'import-statement') return undefined;
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: resolved });
      return found.external ? found : { ...found, sideEffects: false };
    });
  },
};

const clientNode = '@kubernetes/client-node';
const resolved = Symbol('resolved');

const required = 'required';

const undici = `
  exports.Agent = require('./lib/dispatcher/agent');
  exports.ProxyAgent = require('./lib/dispatcher/proxy-agent');
  require('./lib/dispatcher/dispatcher').prototype.request = require('./lib/api').request;
`;

const withoutKinds = 'export class ObjectSerializer {}';

const withoutHttp2 = `module.exports = () => { throw new Error('HTTP/2 is not in the bundle'); };`;
