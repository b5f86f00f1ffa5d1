import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Config, readConfig } from '../../../src/config/config.ts';
import { logLevels } from '../../../src/config/options.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** The least that a daemon must be told. */
const least = ['--node-name', 'node-a', '--kubeconfig', '/etc/admin.conf'];
const leastEnv = { NODE_NAME: 'node-a', KUBECONFIG: '/etc/admin.conf' };

function configOf(args: string[], env: NodeJS.ProcessEnv = {}): Config {
  const result = readConfig(args, env);
  if (!('config' in result)) throw new Error(JSON.stringify(result));
  return result.config;
}

function problemsOf(args: string[], env: NodeJS.ProcessEnv = {}): string[] {
  const result = readConfig(args, env);
  return 'problems' in result ? result.problems : [];
}

function helpOf(args: string[]): string {
  const result = readConfig(args, {});
  return 'help' in result ? result.help : '';
}

const hours = (ms: number | undefined) => (ms === undefined ? undefined : `${ms / 3_600_000}h`);
const addressOf = ({ host, port }: Config['http']) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Each option: its flag, its variable, two values that it takes, where it shows, and what it shows without being given. */
test.each<[string, string, [string, string], (config: Config) => unknown, string | undefined]>([
  ['--kubeconfig', 'KUBECONFIG', ['/a', '/b'], (config) => config.kubeconfigPath, undefined],
  ['--node-name', 'NODE_NAME', ['node-a', 'node-b.example'], (config) => config.nodeName, undefined],
  [
    '--base-directory',
    'BASE_DIRECTORY',
    ['/data', '/mnt/x y'],
    (c) => c.baseDirectories.map(({ path }) => path).join(),
    '/tmp/hostpath-provisioner',
  ],
  [
    '--provisioner-name',
    'PROVISIONER_NAMES',
    ['a', 'example.com/b'],
    (config) => config.provisionerNames.join(),
    'hostpath-provisioner,example.com/hostpath',
  ],
  ['--http-address', 'HTTP_ADDRESS', ['[::1]:0', 'localhost:65535'], ({ http }) => addressOf(http), '[::]:8080'],
  ['--log-level', 'LOG_LEVEL', ['debug', 'silent'], (config) => config.logLevel, 'info'],
  ['--grace-period', 'GRACE_PERIOD', ['24h', '2h'], (config) => hours(config.abandonedGraceMs), undefined],
  ['--log-format', 'LOG_FORMAT', ['pretty', 'json'], (config) => config.logFormat, 'json'],
])('%s is read from flag, variable or default, in this order, and has its help', (flag, env, values, shown, usual) => {
  const [one, other] = values;
  expect(shown(configOf([...least, flag, one]))).toBe(one);
  expect(shown(configOf([...least, `${flag}=${other}`]))).toBe(other);
  expect(shown(configOf([], { ...leastEnv, [env]: one }))).toBe(one);
  expect(shown(configOf([flag, one], { ...leastEnv, [env]: other }))).toBe(one);
  const empty = readConfig([], { ...leastEnv, [env]: '', KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  expect('config' in empty ? shown(empty.config) : undefined).toBe(usual);
  for (const given of [`${flag}=`, flag]) expect(problemsOf([...least, given])).toContain(`${flag} needs a value`);
  const [line = '', note = ''] = helpOf(['--help']).split(`\n  ${flag} `)[1]?.split('\n') ?? [];
  expect(line.length).toBeGreaterThan(20);
  expect(note.trim()).toBe(usual === undefined ? `(env ${env})` : `(env ${env}, default ${usual})`);
});

test('only the node and the API server have no default, in a pod only the node, and nothing can be changed', () => {
  expect(Object.isFrozen(configOf(least))).toBe(true);
  expect(configOf(least)).toEqual({
    kubeconfigPath: '/etc/admin.conf',
    nodeName: 'node-a',
    baseDirectories: [{ pool: 'default', path: '/tmp/hostpath-provisioner' }],
    provisionerNames: ['hostpath-provisioner', 'example.com/hostpath'],
    http: { host: '::', port: 8080 },
    logLevel: 'info',
    abandonedGraceMs: undefined,
    reserve: { bytes: 0 },
    logFormat: 'json',
  });
  const { kubeconfigPath } = configOf(['--node-name', 'node-a'], { KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  expect(kubeconfigPath).toBeUndefined();
});

test.each<[string, string[], string | undefined, string[]]>([
  ['each flag', ['--provisioner-name', 'a', '--provisioner-name=b.com/c'], undefined, ['a', 'b.com/c']],
  ['a list in the variable', [], 'a, b.com/c ,,d', ['a', 'b.com/c', 'd']],
  ['each name once', ['--provisioner-name', 'a', '--provisioner-name', 'a'], undefined, ['a']],
  ['flags instead of the variable', ['--provisioner-name', 'a'], 'b,c', ['a']],
  ['the default for an empty list', [], ' , ', ['hostpath-provisioner', 'example.com/hostpath']],
])('provisioner names are %s', (_, args, PROVISIONER_NAMES, names) => {
  expect(configOf([...least, ...args], { PROVISIONER_NAMES }).provisionerNames).toEqual(names);
});

test.each<[string, string[], string | undefined, { pool: string; path: string }[]]>([
  ['one without a name', ['--base-directory', '/a=b'], undefined, [{ pool: 'default', path: '/a=b' }]],
  [
    'several with names',
    ['--base-directory', 'ssd=/mnt/ssd', '--base-directory=hdd=/mnt/h=d'],
    undefined,
    [
      { pool: 'ssd', path: '/mnt/ssd' },
      { pool: 'hdd', path: '/mnt/h=d' },
    ],
  ],
  [
    'a list in the variable',
    [],
    '/data, ssd=/mnt/ssd',
    [
      { pool: 'default', path: '/data' },
      { pool: 'ssd', path: '/mnt/ssd' },
    ],
  ],
])('base directories are %s', (_, args, BASE_DIRECTORY, expected) => {
  expect(configOf([...least, ...args], { BASE_DIRECTORY }).baseDirectories).toEqual(expected);
});

test.each([
  ['/a,/b', 'the same name "default": give each a name'],
  ['ssd=/a,ssd=/b', 'the same name "ssd"'],
  ['a=/mnt,b=/mnt', 'lie in each other'],
  ['a=/mnt/disk,b=/mnt', 'lie in each other'],
  ['a=/mnt,b=/mnt/disk', 'lie in each other'],
])('base directories %s are refused: %s', (BASE_DIRECTORY, problem) => {
  expect(problemsOf(least, { BASE_DIRECTORY })).toEqual([expect.stringContaining(problem)]);
});

test('of an option that is given twice, the last counts', () => {
  expect(configOf([...least, '--log-level', 'debug', '--log-level', 'warn']).logLevel).toBe('warn');
});

test.each(logLevels)('the log level %s is one', (level) => {
  expect(configOf([...least, '--log-level', level]).logLevel).toBe(level);
});

describe('a value that is refused', () => {
  const ofNodes = [
    'Node-A',
    'node_a',
    '-a',
    'a-',
    'a..b',
    '.a',
    'a/b',
    '../a',
    'a b',
    'a\n',
    'a\0',
    'ä',
    'n'.repeat(254),
  ];
  const ofPaths = 'data ./data ../data / // //data /data/ /data/.. /data/../etc /data//x /./data ~'.split(' ');
  const ofNames = ['A', 'a/b/c', '/a', 'a/', 'a_b', 'a b', 'a,b', 'example.com/-', 'a\n', 'p'.repeat(254)];
  const ofAddresses = '8080 :8080 host host: host:-1 host:65536 host:1e3 ::1:8080 [host]:80 [::1] a:b:1'.split(' ');
  const cases: [flag: string, values: string[], advice: string][] = [
    ['--node-name', ofNodes, 'kubectl get nodes'],
    ['--base-directory', ofPaths, 'absolute path'],
    ['--base-directory', ['SSD=/data', '=/data', 'a b=/data'], 'lower-case letters'],
    ['--base-directory', ['ssd=data', 'ssd=', 'ssd=/data/../etc'], 'absolute path'],
    ['--provisioner-name', ofNames, 'at most one "/"'],
    ['--http-address', ofAddresses, 'HOST:PORT'],
    ['--log-level', ['INFO', 'verbose', 'constructor', '__proto__'], 'use one of trace, debug'],
    ['--log-format', ['text', 'JSON', 'toString'], 'use one of json, pretty'],
    ['--grace-period', ['soon', '-1h'], ''],
    ['--reserve', ['much', '100%', '-1Gi'], 'such as "10Gi" or "5%"'],
  ];
  const each = cases.flatMap(([flag, values, advice]) =>
    values.map((value): [string, string, string] => [flag, value, advice]),
  );

  test.each(each)('%s %j', (flag, value, advice) => {
    const [problem, ...others] = problemsOf([...least, `${flag}=${value}`]).filter((text) => text.startsWith(flag));
    expect(problem).toContain(`${flag} is ${JSON.stringify(value)}: `);
    expect(problem).toContain(advice);
    expect(others).toEqual([]);
  });

  test('in a variable is reported under the name of the variable', () => {
    const [first, second] = problemsOf(least, { LOG_LEVEL: 'loud', PROVISIONER_NAMES: 'ok,Not Ok' });
    expect(first).toContain('PROVISIONER_NAMES is "Not Ok": ');
    expect(second).toContain('LOG_LEVEL is "loud": ');
  });

  test('in a variable does not matter when the flag is given', () => {
    expect(configOf([...least, '--log-level', 'warn'], { LOG_LEVEL: 'loud' }).logLevel).toBe('warn');
  });
});

test.each<[string[], string]>([
  [['--nodename'], '--nodename is not an option: did you mean --node-name?'],
  [['--nodename=a'], '--nodename is not an option: did you mean --node-name?'],
  [['--base-dir', '/data'], '--base-dir is not an option: did you mean --base-directory?'],
  [['--__proto__=a'], '--__proto__ is not an option: see --help'],
  [['--constructor'], '--constructor is not an option: see --help'],
  [['--no-help'], '--no-help is not an option: see --help'],
  [['-x'], '-x is not an option: see --help'],
  [['start'], '"start" is not an option: see --help'],
  [[''], '"" is not an option: see --help'],
  [['--', '--log-level'], '"--log-level" is not an option: see --help'],
])('the unknown arguments %j are one problem', (args, problem) => {
  expect(problemsOf([...least, ...args])).toEqual([problem]);
});

test('all problems are reported together', () => {
  const args = ['--http-address=x', '--base-directory', 'data', '--colour', '--log-format=', 'now'];
  expect(problemsOf(args, { LOG_LEVEL: 'loud' })).toEqual([
    '"now" is not an option: see --help',
    '--colour is not an option: see --help',
    '--log-format needs a value',
    expect.stringContaining('--base-directory is "data"'),
    expect.stringContaining('--http-address is "x"'),
    expect.stringContaining('LOG_LEVEL is "loud"'),
    expect.stringMatching(/^--node-name is missing: .*NODE_NAME/),
    expect.stringMatching(/^no API server is configured: .*--kubeconfig/),
  ]);
});

test.each(['--help', '-h', '--help=yes'])('%s counts before any problem', (flag) => {
  expect(helpOf(['--nonsense', flag])).toContain('Usage: hostpath-provisioner --node-name NAME [options]');
});

describe('the process', () => {
  /** Runs the daemon with nothing in its environment until it ends. */
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      const main = join(import.meta.dirname, '../../../src/main.ts');
      execFile(process.execPath, [main, ...args], { env: {} }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, stdout, stderr }),
      );
    });

  test.concurrent('prints its help and ends with 0', async () => {
    expect(await run('--help')).toEqual({ code: 0, stdout: helpOf(['--help']), stderr: '' });
  });

  test.concurrent('prints the problems of flags and kubeconfig together, one a line, and ends with 2', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'config');
    const server = {
      server: 'https://127.0.0.1:1',
      'certificate-authority': '/nowhere/ca.crt',
      'proxy-url': 'ftp://x',
    };
    const whole = {
      clusters: [{ name: 'c', cluster: server }],
      users: [{ name: 'u', user: { tokenFile: '/nowhere/token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    await writeFile(path, JSON.stringify(whole));
    const { code, stdout, stderr } = await run('--node-nam', 'node-a', '--kubeconfig', path, '--log-level', 'loud');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd().split('\n')).toEqual(
      [
        /--node-nam is not an option/,
        /--log-level is "loud"/,
        /--node-name is missing/,
        /kubeconfig .*: cluster "c": .*ftp/,
        /kubeconfig .*: cluster "c": .*\/nowhere\/ca.crt/,
        /kubeconfig .*: user "u": .*\/nowhere\/token/,
      ].map((words) => expect.stringMatching(new RegExp(`^hostpath-provisioner: ${words.source}`))),
    );
  });
});
