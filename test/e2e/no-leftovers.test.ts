import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { describeEndToEnd } from './e2e-test.ts';
import { namespaces, traces, usersOf } from './traces.ts';

const nodeModule = resolve(import.meta.dirname, '../control-plane/real/node.ts');
const startAndStay = `
  const { startCluster } = await import(${JSON.stringify(nodeModule)});
  const { tmpPath } = await startCluster({ images: [] });
  console.log(tmpPath);
`;

describeEndToEnd('a cluster whose owner is killed', () => {
  test('leaves no process, directory, mount, control group, namespace or network behind', async () => {
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', startAndStay], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [tmpPath] = await once(createInterface(owner.stdout), 'line');
    const directory = dirname(tmpPath);
    await until('the running cluster is seen', () => traces(directory).length > 10);
    const used = namespaces(directory);
    expect(usersOf(used).length).toBeGreaterThan(10);

    owner.kill('SIGKILL');
    await until('no traces are left', () => {
      const left = [...traces(directory), ...usersOf(used)];
      if (left.length > 0) throw new Error(left.join('\n'));
      return true;
    });
  });
});
