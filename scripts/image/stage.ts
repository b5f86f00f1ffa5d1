/** `npm run image:stage [-- ARCHITECTURE...]`: puts into dist/ what the Dockerfile copies. Default: for this machine. */
import { readArchitectures } from './architectures.ts';
import { stageDaemon } from './daemon-files.ts';
import { stageKoffi } from './koffi-binary.ts';
import { stageNode } from './node-binary.ts';

async function main(): Promise<void> {
  const architectures = readArchitectures(process.argv.slice(2));
  await stageDaemon();
  for (const architecture of architectures) {
    await stageNode(architecture);
    await stageKoffi(architecture);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
