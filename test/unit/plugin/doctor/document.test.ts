import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checks, finding } from '../../../../src/plugin/doctor/checks.ts';
import { findingLines } from '../../../../src/plugin/output/finding-lines.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/doctor.md'), 'utf8');

test('docs/doctor.md has each check as the program has it', () => {
  const rows = Object.entries(checks).map(([name, { level, finds }]) => `| \`${name}\` | ${level} | ${finds} |`);
  expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
});

test('docs/doctor.md shows findings as the program prints them', () => {
  const found = [
    { level: 'OK' as const, check: 'daemons', subject: 'daemons', text: '2 of 2 ready, 0.1.0' },
    finding(
      'base-directory-in-memory',
      'node node-2',
      '/var/volumes is on tmpfs: volumes are lost at a restart',
      'kubectl -n hostpath-provisioner-system edit daemonset hostpath-provisioner',
    ),
    finding(
      'claim-pending',
      'claim dev/pg',
      'Pending 4m: NoSpace: free space or inodes',
      'df -h /mnt/disk; df -i /mnt/disk # on node node-1',
    ),
  ];
  expect(page).toContain(`\n\`\`\`\n${findingLines(found, { colour: false }).join('\n')}\n\`\`\`\n`);
});
