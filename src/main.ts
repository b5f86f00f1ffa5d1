#!/usr/bin/env node
import { readConfig } from './config.ts';
import { startDaemon } from './daemon.ts';
import { ConnectionConfigError } from './kube/kube-config.ts';
import { ListenError } from './record/http.ts';
import { createLogger } from './record/log.ts';

/** The configuration is wrong: trying again does not help. */
const exitMisconfigured = 2;

async function main(): Promise<void> {
  const result = readConfig(process.argv.slice(2), process.env);
  if ('help' in result) {
    process.stdout.write(result.help);
    return;
  }
  if ('problems' in result) {
    process.stderr.write(result.problems.map((problem) => `hostpath-provisioner: ${problem}\n`).join(''));
    process.exit(exitMisconfigured);
  }
  const log = await createLogger(result.config);
  for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(name, (error) => {
      log.fatal({ err: error }, 'defect: the daemon ends, and continues from its journal when it is started again');
      process.exit(1);
    });
  }
  const daemon = await startDaemon(result.config, process.env, log);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info({ signal }, 'stopping');
      await daemon.stop();
      process.exit(0);
    });
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConnectionConfigError || error instanceof ListenError)) throw error;
  process.stderr.write(`hostpath-provisioner: ${error.message}\n`);
  process.exit(exitMisconfigured);
}
