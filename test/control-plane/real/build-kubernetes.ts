import { buildGoProgram } from '../../../scripts/go-program.ts';
import type { KubernetesVersion } from './kubernetes-versions.ts';

/**
 * Compiles Kubernetes into `.build`, unless it is there and current.
 * @throws {Error} that says what is missing, or why it does not compile
 */
export async function buildKubernetes({ release, minor, moduleFile, programPath }: KubernetesVersion): Promise<void> {
  const [gitMajor, gitMinor] = minor.split('.');
  const told = {
    'k8s.io/component-base/version.gitVersion': release,
    'k8s.io/component-base/version.gitMajor': gitMajor,
    'k8s.io/component-base/version.gitMinor': gitMinor,
    'k8s.io/client-go/pkg/version.gitVersion': release,
  };
  await buildGoProgram({
    title: `Kubernetes ${release}`,
    sources: import.meta.dirname,
    moduleFile,
    path: programPath,
    linkerFlags: ['-s', '-w', ...Object.entries(told).map(([name, value]) => `-X ${name}=${value}`)],
    firstBuild: '9 minutes',
  });
}
