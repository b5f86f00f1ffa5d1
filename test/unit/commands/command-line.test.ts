import { describe, expect, test } from 'vitest';
import { type CommandResult, readCommand } from '../../../src/commands/command-line.ts';

const volume = 'pvc-5e0c7d0a-0000-4000-8000-000000000001';
/** What a pod of the DaemonSet has. */
const pod = { NODE_NAME: 'node-a', BASE_DIRECTORY: '/data', KUBERNETES_SERVICE_HOST: '10.0.0.1' };

const problemsOf = (result: CommandResult): string[] => ('problems' in result ? result.problems : []);
const helpOf = (result: CommandResult): string => ('help' in result ? result.help : '');

test('without a command, the daemon is run', () => {
  expect(readCommand([], pod)).toMatchObject({ command: 'daemon', config: { nodeName: 'node-a' } });
  expect(problemsOf(readCommand(['trsh'], pod))).toEqual(['"trsh" is not an option: see --help']);
});

test.each([
  [
    'the daemon',
    [],
    /hostpath-provisioner trash .*\n.*hostpath-provisioner restore .*\n.*hostpath-provisioner status /,
  ],
  ['trash', ['trash'], /--base-directory PATH/],
  ['status', ['status'], /--http-address HOST:PORT/],
  ['restore', ['restore'], /VOLUME --claim NAMESPACE\/NAME/],
])('%s has a help text', (_, command, words) => {
  expect(helpOf(readCommand([...command, '--help'], {}))).toMatch(words);
});

describe('trash', () => {
  test('takes base directory, node and API server from its pod', () => {
    expect(readCommand(['trash'], pod)).toEqual({
      command: 'trash',
      baseDirectories: [{ pool: 'default', path: '/data' }],
      nodeName: 'node-a',
      cluster: { nodeName: 'node-a', kubeconfigPath: undefined },
      output: 'table',
    });
  });

  test('needs only the base directory, and says what the API server lacks', () => {
    expect(readCommand(['trash', '--base-directory', '/b', '--output', 'json'], {})).toEqual({
      command: 'trash',
      baseDirectories: [{ pool: 'default', path: '/b' }],
      output: 'json',
      cluster: { missing: expect.stringMatching(/--node-name is missing: .*; no API server is configured: /) },
    });
  });

  test('says what is wrong', () => {
    expect(
      problemsOf(readCommand(['trash', volume, '--claim=a/b', '--output=yaml'], { BASE_DIRECTORY: 'data' })),
    ).toEqual([
      expect.stringContaining('--claim is not an option'),
      '--output is "yaml": use one of table, json',
      expect.stringContaining('BASE_DIRECTORY is "data": use an absolute path'),
      `"${volume}" is not an option: see trash --help`,
    ]);
  });
});

describe('status', () => {
  test.each([
    ['its own address when the daemon listens on all', {}, '127.0.0.1', 8_080],
    ['its own address when the daemon listens on all of IPv4', { HTTP_ADDRESS: '0.0.0.0:81' }, '127.0.0.1', 81],
    ['the address that the daemon listens on', { HTTP_ADDRESS: '[fd00::1]:9090' }, 'fd00::1', 9_090],
  ])('asks %s', (_, env, host, port) => {
    expect(readCommand(['status'], env)).toEqual({ command: 'status', host, port });
  });

  test('says what is wrong', () => {
    expect(problemsOf(readCommand(['status', 'all', '--http-address', 'x'], {}))).toEqual([
      expect.stringContaining('--http-address is "x": use HOST:PORT'),
      '"all" is not an option: see status --help',
    ]);
    expect(problemsOf(readCommand(['status', '--http-address', '[::]:0'], {}))).toEqual([
      expect.stringContaining('port 0: name the port'),
    ]);
  });
});

describe('restore', () => {
  test.each([[[volume, '--claim', 'kafka/data-0']], [['--claim=kafka/data-0', volume]]])(
    'takes volume and claim in any order, and the rest from its pod: %j',
    (args) => {
      expect(readCommand(['restore', ...args], pod)).toEqual({
        command: 'restore',
        volumeName: volume,
        claim: { namespace: 'kafka', name: 'data-0' },
        nodeName: 'node-a',
        basePaths: ['/data'],
        kubeconfigPath: undefined,
      });
    },
  );

  const claim = ['--claim', 'a/b'];
  test.each<[string, string[], NodeJS.ProcessEnv, RegExp[]]>([
    ['nothing', [], {}, [/^the volume is missing/, /^--claim is missing/, /^--node-name is missing/, /^no API server/]],
    ['no claim', [volume], pod, [/^--claim is missing/]],
    ['no volume name', ['../etc', ...claim], pod, [/^"..\/etc" is not a volume name/]],
    ['two volumes', [volume, 'b', ...claim], pod, [/^only one volume .*"b"/]],
    ['an unknown flag', [volume, ...claim, '--force'], pod, [/^--force is not an option/]],
    ...['data', '/data', 'a/', 'a/b/c', 'A/b', 'a/../b'].map(
      (name): [string, string[], NodeJS.ProcessEnv, RegExp[]] => [
        `the claim ${name}`,
        [volume, '--claim', name],
        pod,
        [/^--claim is ".*": use the namespace and the name of a claim/],
      ],
    ),
  ])('given %s, says what is wrong', (_, args, env, problems) => {
    const found = problemsOf(readCommand(['restore', ...args], env));
    expect(found).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });
});
