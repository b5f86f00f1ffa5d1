/**
 * `node test/disks/machine/main.ts -- COMMAND...`: runs a command in a machine whose XFS and ext4 have project quotas, mounted at
 * /mnt/xfs and /mnt/ext4, with this project at /project. Without a command, it reads scripts from standard input, a line each, and
 * runs one after the other in the same machine. Exits with 1 if the last of them failed. Needs root.
 */
import { createInterface } from 'node:readline';
import { QuotaMachine } from './quota-machine.ts';

const command = process.argv.slice(process.argv.indexOf('--') + 1);
const isCommand = process.argv.includes('--') && command.length > 0;

await using machine = await QuotaMachine.boot();

async function run(script: string): Promise<void> {
  try {
    process.stdout.write(await machine.run(script));
    process.exitCode = 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

const prompt = (): void => void (process.stdin.isTTY && process.stdout.write('machine# '));

if (isCommand) await run(command.join(' '));
else {
  prompt();
  for await (const line of createInterface({ input: process.stdin })) {
    await run(line);
    prompt();
  }
}
