import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { withNames } from '../install/documented.ts';
import { pageCommand } from '../support/documents.ts';
import { test } from '../support/integration.ts';

const repository = join(import.meta.dirname, '../..');

test('"npm start", as CONTRIBUTING.md has it, runs the daemon until Ctrl-C', async ({ cluster }) => {
  const command = withNames(
    pageCommand(
      'CONTRIBUTING.md',
      'npm start -- --kubeconfig FILE --node-name NAME --base-directory PATH --log-format pretty',
    ),
    {
      FILE: await cluster.daemonKubeconfig(),
      NAME: cluster.nodeName,
      PATH: cluster.base,
    },
  );
  const npm = spawn('bash', ['-c', command], {
    cwd: repository,
    env: { ...process.env, PROVISIONER_NAMES: cluster.provisioner, HTTP_ADDRESS: '127.0.0.1:0' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a process group of its own, which gets the signal as in a terminal
  });
  const { pid } = npm;
  if (pid === undefined) throw new Error('bash does not start');
  const output = text(npm.stdout);
  const exited = once(npm, 'exit');
  try {
    await cluster.createClaim('data');
    await cluster.untilBound('data');
  } finally {
    process.kill(-pid, 'SIGINT');
    await exited;
  }
  const said = await output;
  expect(said).toContain('volume provisioned');
  expect(said).toContain('daemon stopped');
});
