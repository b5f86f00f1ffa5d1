import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const logPath = join(import.meta.dirname, '../../../src/report/log.ts');

/** Runs statements beside a logger, and ends the reading of its log after the first line. @returns the first line and the exit status */
async function readFirstLineOf(statements: string): Promise<{ line: string; code: number | null }> {
  const program = `
    import { createLogger } from ${JSON.stringify(logPath)};
    const log = await createLogger({ logLevel: 'info', logFormat: 'json', nodeName: 'node-1' });
    log.info('first');
    ${statements}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [chunk] = await once(child.stdout, 'data'); // with the next lines, if the program was faster
  const [line = ''] = String(chunk).split('\n');
  child.stdout.destroy();
  const [code] = await ended;
  return { line: JSON.parse(line).msg, code };
}

test('A daemon whose log nobody can read any more ends', async () => {
  const statements = `
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'uncaught');
      process.exit(1);
    });
    setInterval(() => log.info('again'), 10);`;
  expect(await readFirstLineOf(statements)).toEqual({ line: 'first', code: 1 });
});

test('A daemon that ends does not wait for somebody to read its last lines', async () => {
  const statements = `
    const { setTimeout: sleep } = await import('node:timers/promises');
    const { writeSync } = await import('node:fs');
    for (;;) {
      await sleep(10);
      try {
        writeSync(1, ' ');
      } catch {
        break; // the reader is gone
      }
    }
    log.info('last');
    process.exit(0);`;
  expect(await readFirstLineOf(statements)).toEqual({ line: 'first', code: 0 });
});

test('The last lines before an exit are written', async () => {
  const program = `
    import { createLogger } from ${JSON.stringify(logPath)};
    const log = await createLogger({ logLevel: 'info', logFormat: 'json', nodeName: 'node-1' });
    for (let line = 1; line <= 1_000; line += 1) log.info({ line }, 'x'.repeat(100));
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program]);
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk;
  expect(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).line),
  ).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
});
