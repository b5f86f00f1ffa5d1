import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findings } from '../../../../src/plugin/doctor/findings.ts';
import { mendingCommands } from '../../../../src/plugin/doctor/mending.ts';
import { shellWord } from '../../../../src/plugin/doctor/shell-word.ts';
import { findingLines } from '../../../../src/plugin/output/finding-lines.ts';
import type { Overview } from '../../../../src/plugin/overview.ts';
import {
  baseDirectory,
  boundClaim,
  claim,
  daemon,
  event,
  healthy,
  node,
  nowMs,
  onNode,
  status,
  storageClass,
  volume,
} from './overviews.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/troubleshooting.md'), 'utf8');
const [, reasons = ''] = page.split('\n## By reason\n');

/** What docs/troubleshooting.md says to do next about a reason; where it names a step of its own, the text of that step. */
function nextOf(reason: string): string {
  const row = reasons.split('\n').find((line) => line.startsWith(`| \`${reason}\` |`)) ?? '';
  const step = /^\*\*(Recreate the (?:claim|class))/;
  const steps = [...reasons.matchAll(/^- (\*\*[^\n]*(?:\n {2}[^\n]*)*)/gm)].map(([, text = '']) => text);
  const named = steps.filter((text) => row.toLowerCase().includes(step.exec(text)?.[1]?.toLowerCase() ?? '\n'));
  return [row, ...named].join('\n').replaceAll(/\s+/g, ' ');
}

test.each(Object.entries(mendingCommands))('has for %s a command of docs/troubleshooting.md', (reason, command) => {
  const next = nextOf(reason);
  // An editor joins the two steps that recreate an object.
  for (const step of command.split(/ && \$\{EDITOR:-vi\} \S+ && /)) expect(next).toContain(`\`${step}\``);
});

/** A cluster in which a lot is wrong, and whose names are these. */
function troubled(name: string): Overview {
  return healthy({
    nodes: { found: [node('node-1'), node(name)] },
    claims: {
      found: [
        claim(name, { metadata: { ...onNode('node-1'), name, namespace: name, uid: 'uid-1' } }),
        boundClaim(name, { metadata: { name, namespace: name, uid: 'uid-2' } }),
      ],
    },
    classes: { found: [storageClass(name, { volumeBindingMode: 'Immediate' })] },
    others: {
      claims: { found: [claim(name, { spec: { storageClassName: name } })] },
      classes: { found: [storageClass('own', { provisioner: 'exmaple.com/hostpath' })] },
    },
    volumes: { found: [volume(name), volume(name, { status: { phase: 'Released' } }, `${name}-2`)] },
    daemons: { found: [daemon('node-1'), daemon(name, { ready: false, pod: name, namespace: name })] },
    events: { found: [event('uid-1', 'ProvisioningFailed', `NoSpace: ${name}`)] },
    statuses: new Map([
      [
        'node-1',
        status('node-1', {
          version: name,
          troubles: [name],
          baseDirectories: [
            baseDirectory({ path: `/${name}`, fileSystem: 'tmpfs', freeBytes: 0, orphans: 1, limitsHeld: false }),
            baseDirectory({ path: `/${name}`, usable: false, reason: name, message: name }),
            baseDirectory({ path: `/${name}`, usable: false, reason: 'BaseDirectoryNotMounted', elsewhere: name }),
          ],
          keptDirectories: { [name]: 1 },
          volumes: [{ volume: `pvc-${name}`, pool: name, capacityBytes: 1, usedBytes: 2 }],
        }),
      ],
      [name, { problem: name }],
    ]),
  });
}

const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
const controls = fc.constantFrom(
  '\u001b[2J',
  '\u009b31m',
  '\r',
  '\n',
  '\u0000',
  '\u007f',
  '\u202e',
  '\u2066',
  '\u2028',
);
const hostileName = fc.tuple(anyName, controls, anyName).map((parts) => parts.join(''));

test('lets no control or format character of a name or message reach the terminal', () => {
  fc.assert(
    fc.property(hostileName, (name) => {
      for (const line of findingLines(findings(troubled(name), nowMs, name), { colour: false })) {
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }
    }),
  );
});

test('gives only commands that a shell can read, whatever the names are', () => {
  const commands = ['plain', "it's", '$(touch x)', '`x`; y', '--flag', 'a b', '*'].flatMap((name) =>
    findings(troubled(name), nowMs).flatMap(({ command }) => command ?? []),
  );
  expect(commands.length).toBeGreaterThan(50);
  expect(() => execFileSync('sh', ['-n'], { input: commands.join('\n') })).not.toThrow();
});

test('hands any text to a command as one word', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
      (text) => {
        expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
      },
    ),
    { numRuns: 30 },
  );
});
