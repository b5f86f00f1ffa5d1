import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'vitest';
import { until } from '../support/until.ts';
import { describeEndToEnd } from './e2e-test.ts';
import { processes } from './processes.ts';

const nodeModule = resolve(import.meta.dirname, '../control-plane/real/node.ts');
const startAndStay = `
  const { startCluster } = await import(${JSON.stringify(nodeModule)});
  const { tmpPath } = await startCluster({ images: [] });
  console.log(tmpPath);
`;

/** What there is on this machine under the name of a cluster's directory. */
function traces(directory: string): string[] {
  const name = basename(directory);
  const groups = ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((tree) => `/sys/fs/cgroup/${tree}`)];
  const link = `/sys/class/net/hostpath-${directory.slice(-6)}`;
  const paths = [directory, link, ...groups.map((group) => `${group}/${name}`)].filter((path) => existsSync(path));
  const alive = processes().filter(({ commandLine }) => commandLine.includes(name));
  return [...paths, ...alive.map(({ id, commandLine }) => `process ${id}: ${commandLine}`)];
}

describeEndToEnd('a cluster whose owner is killed', () => {
  test('leaves no process, directory, control group or network behind', async () => {
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', startAndStay], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [tmpPath] = await once(createInterface(owner.stdout), 'line');
    const directory = dirname(tmpPath);
    await until('the running cluster is seen', () => traces(directory).length > 10);

    owner.kill('SIGKILL');
    await until('no traces are left', () => {
      const left = traces(directory);
      if (left.length > 0) throw new Error(left.join('\n'));
      return true;
    });
  });
});
