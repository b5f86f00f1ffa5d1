import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { restoreCommand } from '../../../../src/plugin/page/restore-command.ts';

const entry = { node: 'node-1', pool: 'default', volume: 'pvc-1', namespace: 'kafka', claim: 'data-0' };

test('names the volume and the claim that it had', () => {
  expect(restoreCommand(entry, [])).toBe('kubectl hostpath-provisioner restore pvc-1 --claim kafka/data-0');
});

test('reaches the cluster that the page shows', () => {
  expect(restoreCommand(entry, ['--context', 'my cluster'])).toMatch(/ --context 'my cluster'$/);
});

test('leaves the claim to the user where its record does not tell it', () => {
  const { namespace, claim, ...unknown } = entry;
  expect(restoreCommand(unknown, [])).toMatch(/ --claim NAMESPACE\/NAME$/);
});

describe('a name from a disk stays one word of the shell', () => {
  test.each(['a; touch /tmp/x', '$(id)', "it's", '`id`', 'a\nb', '"', '\\', '*'])('%j', (claim) => {
    const command = restoreCommand({ ...entry, claim }, []);
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' }).split('\0');
    expect(words).toEqual(['kubectl', 'hostpath-provisioner', 'restore', 'pvc-1', '--claim', `kafka/${claim}`, '']);
  });
});
