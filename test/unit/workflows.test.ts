import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workflowViolations } from '../support/workflow-rules.ts';

const folder = join(import.meta.dirname, '../../.github/workflows');
const files = readdirSync(folder);
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

test('There are workflows', () => {
  expect(files).toEqual(['ci.yml', 'release.yml']);
});

test.each(files)('%s can do what it needs, by actions that nobody can swap', (file) => {
  expect(workflowViolations(read(file))).toEqual([]);
});

describe('The rules find', () => {
  const checkout = `actions/checkout@${'0123456789'.repeat(4)} # v6.0.2`;
  const workflow = ({
    permissions = 'permissions: {}',
    timeout = 'timeout-minutes: 5',
    jobPermissions = '',
    step = `uses: ${checkout}\n        with: { persist-credentials: false }`,
  }) => `
${permissions}
jobs:
  test:
    runs-on: ubuntu-24.04
    ${timeout}
    ${jobPermissions}
    steps:
      - ${step}
`;

  test('nothing in what is as it should be', () => {
    expect(workflowViolations(workflow({}))).toEqual([]);
  });

  test.each([
    ['rights that are not told', { permissions: '' }, 'workflow does not say what it may do'],
    ['all rights', { permissions: 'permissions: write-all' }, 'workflow may do write-all'],
    ['a right for every job', { permissions: 'permissions: { packages: write }' }, 'workflow may write packages'],
    ['all rights of a job', { jobPermissions: 'permissions: write-all' }, 'job test may do write-all'],
    ['a job without an end', { timeout: '' }, 'job test may take for ever'],
    ['a token that stays', { step: `uses: ${checkout}` }, 'job test leaves its token where later steps find it'],
    [
      'an action by its tag',
      { step: 'uses: docker/login-action@v4' },
      'uses docker/login-action@v4, which is not pinned by its commit',
    ],
    [
      'an action without its version',
      { step: `uses: docker/login-action@${'0'.repeat(40)}` },
      `uses docker/login-action@${'0'.repeat(40)}, which is not pinned by its commit`,
    ],
    [
      'words of strangers in a command',
      { step: `run: echo \${{ github.head_ref }}` },
      `job test puts an expression into a command: echo \${{ github.head_ref }}`,
    ],
  ])('%s', (_, change, told) => {
    expect(workflowViolations(workflow(change))).toEqual([told]);
  });
});
