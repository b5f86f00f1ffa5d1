import { describe, expect, test } from 'vitest';
import { type CommandResult, readCommand } from '../../../src/commands/arguments.ts';

const volume = 'pvc-5e0c7d0a-0000-4000-8000-000000000001';
/** What a pod of the DaemonSet has. */
const pod = { NODE_NAME: 'node-a', BASE_DIRECTORY: '/data', KUBERNETES_SERVICE_HOST: '10.0.0.1' };

const problemsOf = (result: CommandResult): string[] => ('problems' in result ? result.problems : []);
const helpOf = (result: CommandResult): string => ('help' in result ? result.help : '');

test('without a command, the daemon is run', () => {
  expect(readCommand([], pod)).toMatchObject({ command: 'daemon', config: { nodeName: 'node-a' } });
  expect(problemsOf(readCommand(['trsh'], pod))).toEqual(['"trsh" is not an option: see --help']);
  expect(helpOf(readCommand(['--help'], {}))).toMatch(/hostpath-provisioner trash .*\n.*hostpath-provisioner restore /);
});

describe('trash', () => {
  test('takes base directory, node and API server from its pod', () => {
    expect(readCommand(['trash'], pod)).toEqual({
      command: 'trash',
      baseDirectory: '/data',
      cluster: { nodeName: 'node-a', kubeconfigPath: undefined },
    });
  });

  test('needs the base directory alone: what it cannot ask the API server for, it says', () => {
    expect(readCommand(['trash', '--base-directory', '/b'], {})).toEqual({
      command: 'trash',
      baseDirectory: '/b',
      cluster: {
        missing:
          '--node-name is missing: give it, or set NODE_NAME; no way to the API server: give --kubeconfig, set KUBECONFIG, or run in a pod',
      },
    });
  });

  test('tells what is wrong', () => {
    expect(problemsOf(readCommand(['trash', volume, '--claim=a/b'], { BASE_DIRECTORY: 'data' }))).toEqual([
      '--claim is not an option: see --help',
      'BASE_DIRECTORY is "data": use an absolute path without ".." or "/" at its end, and not "/" itself',
      `"${volume}" is not an option: see trash --help`,
    ]);
  });

  test('has a help text', () => {
    expect(helpOf(readCommand(['trash', '--help'], {}))).toContain('--base-directory PATH');
  });
});

describe('restore', () => {
  test('takes the volume and its claim, in any order, and the rest from its pod', () => {
    const expected = {
      command: 'restore',
      volumeName: volume,
      claim: { namespace: 'kafka', name: 'data-0' },
      nodeName: 'node-a',
      baseDirectory: '/data',
      kubeconfigPath: undefined,
    };
    expect(readCommand(['restore', volume, '--claim', 'kafka/data-0'], pod)).toEqual(expected);
    expect(readCommand(['restore', '--claim=kafka/data-0', volume], pod)).toEqual(expected);
  });

  test.each<[string, string[], NodeJS.ProcessEnv, string[]]>([
    [
      'nothing',
      [],
      {},
      [
        'which volume? Give its name, as "hostpath-provisioner trash" lists it',
        '--claim is missing: give NAMESPACE/NAME',
        '--node-name is missing: give it, or set NODE_NAME',
        'no way to the API server: give --kubeconfig, set KUBECONFIG, or run in a pod',
      ],
    ],
    ['no claim', [volume], pod, ['--claim is missing: give NAMESPACE/NAME']],
    ['no volume name', ['../etc', '--claim', 'a/b'], pod, ['"../etc" is not the name of a volume of ours']],
    ['two volumes', [volume, 'b', '--claim', 'a/b'], pod, ['"b" is one volume too many: see restore --help']],
    ['an unknown flag', [volume, '--claim', 'a/b', '--force'], pod, ['--force is not an option: see --help']],
    ...['data', '/data', 'a/', 'a/b/c', 'A/b', 'a/../b'].map(
      (claim): [string, string[], NodeJS.ProcessEnv, string[]] => [
        `the claim ${claim}`,
        [volume, '--claim', claim],
        pod,
        [`--claim is ${JSON.stringify(claim)}: use the namespace and the name of a claim, such as default/data`],
      ],
    ),
  ])('given %s, tells what is wrong', (_, args, env, problems) => {
    expect(problemsOf(readCommand(['restore', ...args], env))).toEqual(problems);
  });

  test('has a help text', () => {
    expect(helpOf(readCommand(['restore', '--help'], {}))).toMatch(/VOLUME --claim NAMESPACE\/NAME/);
  });
});
