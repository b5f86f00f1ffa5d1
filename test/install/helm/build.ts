/** `npm run helm:build`: compiles Helm into `.build`, unless it is there and current. */
import { buildGoProgram } from '../../../scripts/go-program.ts';
import { helmPath } from '../programs.ts';

// The newest Helm that asks for next to nothing newer than `test/control-plane/real/go.mod` does. Its module names the versions of
// that one, so that the cluster's build, which is to come first, compiles three quarters of it.
const version = 'v4.2.4';

buildGoProgram({
  title: `Helm ${version}`,
  sources: import.meta.dirname,
  package: 'helm.sh/helm/v4/cmd/helm',
  path: helmPath,
  linkerFlags: ['-s', '-w', `-X helm.sh/helm/v4/internal/version.version=${version}`],
  firstBuild: '3 minutes',
}).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
