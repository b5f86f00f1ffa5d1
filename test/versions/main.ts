/** `npm run test:versions`: the tests on the real control plane, on one version of Kubernetes after the other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { testOutcome } from '../../scripts/test-outcome.ts';
import { buildKubernetes } from '../control-plane/real/build-kubernetes.ts';
import { type KubernetesVersion, kubernetesVersions } from '../control-plane/real/kubernetes-versions.ts';
import { allPassed, notBuilt, table, type VersionRun } from './version-run.ts';

const repository = join(import.meta.dirname, '../..');
const reportsFolder = join(repository, '.build/versions');

async function testOn(version: KubernetesVersion): Promise<VersionRun> {
  const { minor, release } = version;
  console.log(`\n=== Kubernetes ${release}`);
  try {
    await buildKubernetes(version);
  } catch (error) {
    console.error((error as Error).message);
    return notBuilt(release);
  }
  const reportPath = join(reportsFolder, `${minor}.json`);
  rmSync(reportPath, { force: true }); // that of an earlier run would count for this one
  const tests = spawn('npm', ['run', 'test:real'], {
    cwd: repository,
    env: { ...process.env, KUBERNETES_VERSION: minor, TEST_REPORT: reportPath },
    stdio: 'inherit',
  });
  const [code, signal] = await once(tests, 'close');
  return { release, ...testOutcome(String(code ?? signal), reportPath) };
}

const runs: VersionRun[] = [];
for (const version of kubernetesVersions()) runs.push(await testOn(version));
console.log(`\n${table(runs)}`);
process.exitCode = allPassed(runs) ? 0 : 1;
