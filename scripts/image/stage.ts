/** `npm run image:stage [-- ARCHITECTURE...]`: puts into dist/ what the Dockerfile copies. Default: for this machine. */
import { bundleDaemon } from '../bundle.ts';
import { readArchitectures } from './architectures.ts';
import { stageNode } from './node-binary.ts';
import { bundlePath } from './paths.ts';

async function main(): Promise<void> {
  const architectures = readArchitectures(process.argv.slice(2));
  await bundleDaemon({ outfile: bundlePath });
  for (const architecture of architectures) await stageNode(architecture);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
