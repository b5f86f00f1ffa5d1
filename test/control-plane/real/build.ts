/** `npm run cluster:build`: compiles Kubernetes and CoreDNS into `.build`, unless they are there and current. */
import { join } from 'node:path';
import { buildGoProgram } from '../../../scripts/go-program.ts';
import { buildKubernetes } from './build-kubernetes.ts';
import { chosenVersion } from './kubernetes-versions.ts';
import { corednsPath, missingPrograms } from './prerequisites.ts';

async function main(): Promise<void> {
  await buildKubernetes(chosenVersion());
  await buildGoProgram({
    title: 'CoreDNS',
    sources: join(import.meta.dirname, 'dns'),
    path: corednsPath,
    linkerFlags: ['-s', '-w'],
    firstBuild: '1 minute',
  });
  for (const purpose of ['control plane', 'node'] as const) {
    const missing = missingPrograms(purpose);
    console.log(`programs of the ${purpose}: ${missing.length === 0 ? 'all installed' : missing.join('; ')}`);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
