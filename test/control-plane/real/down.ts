/** `npm run cluster:down`: ends the cluster that `npm run cluster:up` started, and waits until nothing is left of it. */
import { rmSync } from 'node:fs';
import { askOwner, ownerLogPath } from './owner-socket.ts';

async function main(): Promise<void> {
  const answer = await askOwner('down');
  if (answer?.error !== undefined) throw new Error(`the cluster has not ended well: ${answer.error}`);
  rmSync(ownerLogPath, { force: true });
  console.log(answer === undefined ? 'no cluster is up' : 'the cluster is down');
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
