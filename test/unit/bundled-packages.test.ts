import { expect, test } from 'vitest';
import { bundleDaemon } from '../../scripts/bundle.ts';
import { noteBundledPackages, packageOf } from '../../scripts/bundled-packages.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test.each([
  ['of a package', 'node_modules/pino/lib/proto.js', 'node_modules/pino'],
  ['of a scope', '../node_modules/@kubernetes/client-node/dist/config.js', 'node_modules/@kubernetes/client-node'],
  ['of a package of a package', 'node_modules/a/node_modules/b/index.js', 'node_modules/a/node_modules/b'],
  ['behind the name of a plugin', 'required:node_modules/undici/index.js', undefined],
  ['of ours', 'src/main.ts', undefined],
  ['that stands in for one of a package', 'node_modules/socks/build/index.js', undefined],
])('A file %s', (_, path, expected) => {
  expect(packageOf(path)).toBe(expected);
});

test('The packages of the daemon are those that it loads, and none that only a tool needs', async () => {
  await using directory = await temporaryDirectory();
  const found = new Set<string>();
  await bundleDaemon({ outfile: `${directory.path}/daemon.mjs`, plugins: [noteBundledPackages(found)] });
  for (const name of ['undici', 'pino', 'prom-client', '@kubernetes/client-node', '@opentelemetry/api']) {
    expect(found).toContain(`node_modules/${name}`);
  }
  for (const name of ['vitest', 'esbuild', 'typescript', 'socks', 'ws']) {
    expect(found).not.toContain(`node_modules/${name}`);
  }
});
