import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { askOwner } from '../control-plane/real/owner-socket.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { describeEndToEnd } from './e2e-test.ts';
import { namespaces, traces, usersOf } from './traces.ts';

const nodeModule = resolve(import.meta.dirname, '../control-plane/real/node.ts');
const startAndStay = `
  const { startCluster } = await import(${JSON.stringify(nodeModule)});
  const { tmpPath } = await startCluster({ images: [] });
  console.log(tmpPath);
`;

const upPath = resolve(import.meta.dirname, '../control-plane/real/up.ts');

const untilNothingIsLeft = (directory: string, used: ReadonlySet<string>) =>
  until('no traces are left', () => {
    const left = [...traces(directory), ...usersOf(used)];
    if (left.length > 0) throw new Error(left.join('\n'));
    return true;
  });

describeEndToEnd('no process, directory, mount, control group, namespace or network is left', () => {
  test('of a cluster whose owner is killed', async () => {
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', startAndStay], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [tmpPath] = await once(createInterface(owner.stdout), 'line');
    const directory = dirname(tmpPath);
    await until('the running cluster is seen', () => traces(directory).length > 10);
    const used = namespaces(directory);
    expect(usersOf(used).length).toBeGreaterThan(10);

    owner.kill('SIGKILL');
    await untilNothingIsLeft(directory, used);
  });

  test('of a cluster whose start is cancelled', async () => {
    await using temporary = await temporaryDirectory();
    const env = { ...process.env, TMPDIR: temporary.path };
    const up = spawn(process.execPath, [upPath], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    const directory = await until('the start is under way', () => {
      const paths = readdirSync(temporary.path).map((name) => join(temporary.path, name));
      return paths.find((path) => existsSync(join(path, 'kube-apiserver.log')));
    });
    const used = await until('it runs in namespaces of its own', () => {
      const found = namespaces(directory);
      return usersOf(found).length > 1 && found;
    });

    up.kill('SIGINT');
    await untilNothingIsLeft(directory, used);
    expect(await askOwner('where')).toBeUndefined();
  });
});
