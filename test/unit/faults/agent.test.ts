import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { AgentReport } from '../../faults/agent/report.ts';
import { type Fault, parseFault } from '../../faults/fault.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let agent: string;

beforeAll(async () => {
  const folder = await temporaryDirectory();
  agent = join(folder.path, 'agent.cjs');
  const entryPoints = [join(import.meta.dirname, '../../faults/agent/agent.ts')];
  await build({ entryPoints, outfile: agent, bundle: true, platform: 'node', format: 'cjs' });
  return () => folder[Symbol.asyncDispose]();
});

/** Runs a program with the agent in it, in a folder of its own whose `base` is the base directory. */
async function runWithAgent(program: string, ...faults: string[]) {
  await using folder = await temporaryDirectory();
  const base = join(folder.path, 'base');
  mkdirSync(base);
  writeFileSync(join(folder.path, 'program.mjs'), program);
  const report = join(folder.path, 'report.jsonl');
  const plan = { report, base, life: 1, faults: faults.map((text): Fault => parseFault(text)) };
  const { signal, stdout, stderr } = spawnSync(process.execPath, ['--require', agent, 'program.mjs'], {
    cwd: folder.path,
    env: { ...process.env, FAULT_AGENT: JSON.stringify(plan) },
    encoding: 'utf8',
  });
  const lines = new AgentReport(report).lines();
  return {
    signal,
    output: stdout + stderr,
    calls: lines
      .filter(({ event }) => event === 'end')
      .map(({ kind, label, nth, path, code }) =>
        [`${kind}:${label}#${nth}`, path.replace(base, ''), code].filter(Boolean).join(' '),
      ),
    hits: lines.filter(({ event }) => event === 'hit').map(({ label, nth, harm }) => `${label}#${nth}:${harm}`),
    made: ['a', 'b'].filter((name) => existsSync(join(base, name))),
  };
}

const makesTwo = `
  import { mkdir, mkdirSync } from 'node:fs';
  mkdir(process.cwd() + '/base/a', (error) => {
    console.log('a', error?.code, error?.syscall, error?.errno < 0);
    mkdirSync(process.cwd() + '/base/b');
  });`;

describe('the agent', () => {
  test('has a call take long that is to be slow', async () => {
    const program = `
      import { fsync, openSync } from 'node:fs';
      const begunAt = performance.now();
      fsync(openSync(process.cwd() + '/base/a', 'w'), (error) => console.log(error, performance.now() - begunAt >= 300));`;
    const { output, hits } = await runWithAgent(program, 'fs:fsync#1:slow');
    expect(output).toBe('null true\n');
    expect(hits).toEqual(['fsync#1:slow']);
  });

  test('counts calls below the base directory alone, by callback or not', async () => {
    const { calls, hits } = await runWithAgent(`${makesTwo}\nmkdirSync(process.cwd() + '/elsewhere');`);
    expect(calls).toEqual(['fs:mkdir#1 /a', 'fs:mkdir#2 /b']);
    expect(hits).toEqual([]);
  });

  test('sees what writeFile does, and resolves descriptors', async () => {
    const { calls } = await runWithAgent(`
      import { openSync, writeFile } from 'node:fs';
      const folder = openSync(process.cwd() + '/base', 'r');
      writeFile('/proc/self/fd/' + folder + '/file', 'text', { flag: 'wx', flush: true }, () => {});`);
    expect(calls).toEqual(['fs:open#1', 'fs:create#1 /file', 'fs:write#1 /file', 'fs:fsync#1 /file']);
  });

  test('counts a worker’s calls apart', async () => {
    const { calls } = await runWithAgent(`
      import { Worker } from 'node:worker_threads';
      new Worker("require('node:fs').mkdirSync(process.cwd() + '/base/a')", { eval: true });`);
    expect(calls).toEqual(['erase:mkdir#1 /a']);
  });

  test.each([
    ['fs:mkdir#1:before', []],
    ['fs:mkdir#1:after', ['a']],
    ['fs:mkdir#2:before', ['a']],
    ['fs:mkdir#2:after', ['a', 'b']],
  ])('%s kills the process there', async (fault, made) => {
    const outcome = await runWithAgent(makesTwo, fault);
    expect(outcome).toMatchObject({ signal: 'SIGKILL', made, hits: [fault.slice('fs:'.length)] });
  });

  test('fails a call as Node does, without its effect', async () => {
    const outcome = await runWithAgent(makesTwo, 'fs:mkdir#1:ENOSPC');
    expect(outcome).toMatchObject({ signal: null, made: ['b'], hits: ['mkdir#1:ENOSPC'] });
    expect(outcome.output).toContain('a ENOSPC mkdir true');
  });

  test('fails a synchronous call', async () => {
    const { output } = await runWithAgent(makesTwo, 'fs:mkdir#2:EROFS');
    expect(output).toMatch(/EROFS: read-only file system, mkdir '.*\/base\/b'/);
  });
});
