/** `npm run cluster:build`: compiles Kubernetes and CoreDNS into `.build`, unless they are there and current. */
import { join } from 'node:path';
import { buildGoProgram } from '../../../scripts/go-program.ts';
import { corednsPath, kubernetesPath, missingPrograms } from './prerequisites.ts';

const kubernetesVersion = 'v1.37.2';

const versions = {
  'k8s.io/component-base/version.gitVersion': kubernetesVersion,
  'k8s.io/component-base/version.gitMajor': '1',
  'k8s.io/component-base/version.gitMinor': '37',
  'k8s.io/client-go/pkg/version.gitVersion': kubernetesVersion,
};

async function main(): Promise<void> {
  await buildGoProgram({
    title: `Kubernetes ${kubernetesVersion}`,
    sources: import.meta.dirname,
    path: kubernetesPath,
    linkerFlags: ['-s', '-w', ...Object.entries(versions).map(([name, value]) => `-X ${name}=${value}`)],
    firstBuild: '9 minutes',
  });
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
