import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { type Config, logLevels, readConfig } from '../../../src/config/config.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** The least that a daemon must be told. */
const least = ['--node-name', 'node-a', '--kubeconfig', '/etc/admin.conf'];

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

/** Each option: its flag, its variable, two values that it takes, where it shows, and what it shows without being given. */
const options: [
  flag: string,
  env: string,
  values: [string, string],
  shown: (config: Config) => unknown,
  usual: string | undefined,
][] = [
  ['--kubeconfig', 'KUBECONFIG', ['/a', '/b'], (config) => config.kubeconfigPath, undefined],
  ['--node-name', 'NODE_NAME', ['node-a', 'node-b.example'], (config) => config.nodeName, undefined],
  ['--base-directory', 'BASE_DIRECTORY', ['/data', '/mnt/x y'], (c) => c.baseDirectory, '/tmp/hostpath-provisioner'],
  [
    '--provisioner-name',
    'PROVISIONER_NAMES',
    ['a', 'example.com/b'],
    (config) => config.provisionerNames.join(),
    'hostpath-provisioner,example.com/hostpath',
  ],
  [
    '--http-address',
    'HTTP_ADDRESS',
    ['127.0.0.1:0', 'localhost:9090'],
    ({ http }) => `${http.host.includes(':') ? `[${http.host}]` : http.host}:${http.port}`,
    '[::]:8080',
  ],
  ['--log-level', 'LOG_LEVEL', ['debug', 'silent'], (config) => config.logLevel, 'info'],
  [
    '--grace-period',
    'GRACE_PERIOD',
    ['24h', '2h'],
    ({ abandonedGraceMs: ms }) => (ms === undefined ? undefined : `${ms / 3_600_000}h`),
    undefined,
  ],
  ['--log-format', 'LOG_FORMAT', ['pretty', 'json'], (config) => config.logFormat, 'json'],
];

describe.each(options)('%s', (flag, env, [one, other], shown, usual) => {
  const required = (args: string[]) => ['--node-name', 'required', '--kubeconfig', 'required', ...args];
  const requiredEnv = { NODE_NAME: 'required', KUBECONFIG: 'required' };

  test('is read', () => {
    expect(shown(configOf(required([flag, one])))).toBe(one);
    expect(shown(configOf(required([`${flag}=${other}`])))).toBe(other);
  });

  test(`is read from ${env}`, () => {
    expect(shown(configOf([], { ...requiredEnv, [env]: one }))).toBe(one);
  });

  test('counts before its variable', () => {
    expect(shown(configOf([flag, one], { ...requiredEnv, [env]: other }))).toBe(one);
  });

  test('is left out by an empty variable', () => {
    const { [env]: _, ...others }: NodeJS.ProcessEnv = requiredEnv;
    const result = readConfig([], { ...others, [env]: '', KUBERNETES_SERVICE_HOST: '10.0.0.1' });
    expect('config' in result ? shown(result.config) : undefined).toBe(usual);
  });

  test('needs a value', () => {
    expect(problemsOf([...least, `${flag}=`])).toContain(`${flag} needs a value`);
    expect(problemsOf([...least, flag])).toContain(`${flag} needs a value`);
  });

  test('is told in --help, with its variable and its default', () => {
    const [line = '', note = ''] = helpOf(['--help']).split(`\n  ${flag} `)[1]?.split('\n') ?? [];
    expect(line.length).toBeGreaterThan(20);
    expect(note.trim()).toBe(usual === undefined ? `(env ${env})` : `(env ${env}, default ${usual})`);
  });
});

describe('what is taken for granted', () => {
  test('is everything but the node and the way to the API server', () => {
    expect(configOf(least)).toEqual({
      kubeconfigPath: '/etc/admin.conf',
      nodeName: 'node-a',
      baseDirectory: '/tmp/hostpath-provisioner',
      provisionerNames: ['hostpath-provisioner', 'example.com/hostpath'],
      http: { host: '::', port: 8080 },
      logLevel: 'info',
      abandonedGraceMs: undefined,
      logFormat: 'json',
    });
  });

  test('in a pod is the way to the API server, too', () => {
    const { kubeconfigPath } = configOf(['--node-name', 'node-a'], { KUBERNETES_SERVICE_HOST: '10.0.0.1' });
    expect(kubeconfigPath).toBeUndefined();
  });

  test('cannot be changed afterwards', () => {
    expect(Object.isFrozen(configOf(least))).toBe(true);
  });
});

describe('provisioner names', () => {
  const namesOf = (args: string[], PROVISIONER_NAMES?: string) =>
    configOf([...least, ...args], { PROVISIONER_NAMES }).provisionerNames;

  test('are as many as flags are given', () => {
    expect(namesOf(['--provisioner-name', 'a', '--provisioner-name=b.com/c'])).toEqual(['a', 'b.com/c']);
  });

  test('are a list in the variable', () => {
    expect(namesOf([], 'a, b.com/c ,,d')).toEqual(['a', 'b.com/c', 'd']);
  });

  test('are told from each other once', () => {
    expect(namesOf(['--provisioner-name', 'a', '--provisioner-name', 'a'])).toEqual(['a']);
  });

  test('in flags replace those in the variable', () => {
    expect(namesOf(['--provisioner-name', 'a'], 'b,c')).toEqual(['a']);
  });

  test('are the usual ones when the list is empty', () => {
    expect(namesOf([], ' , ')).toHaveLength(2);
  });
});

test('of an option that is given twice, the last counts', () => {
  expect(configOf([...least, '--log-level', 'debug', '--log-level', 'warn']).logLevel).toBe('warn');
});

test.each([
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['[::]:0', { host: '::', port: 0 }],
  ['localhost:65535', { host: 'localhost', port: 65_535 }],
])('the address %s is read', (address, http) => {
  expect(configOf([...least, '--http-address', address]).http).toEqual(http);
});

test.each(logLevels)('the log level %s is one', (level) => {
  expect(configOf([...least, '--log-level', level]).logLevel).toBe(level);
});

describe('a value that is refused', () => {
  const cases: [flag: string, values: string[], hint: string][] = [
    [
      '--node-name',
      ['Node-A', 'node_a', '-a', 'a-', 'a..b', '.a', 'a/b', '../a', 'a b', 'a\n', 'a\0', 'ä', 'n'.repeat(254)],
      'kubectl get nodes',
    ],
    [
      '--base-directory',
      [
        'data',
        './data',
        '../data',
        '/',
        '//',
        '//data',
        '/data/',
        '/data/..',
        '/data/../etc',
        '/data//x',
        '/./data',
        '~',
      ],
      'absolute path',
    ],
    [
      '--provisioner-name',
      ['A', 'a/b/c', '/a', 'a/', 'a_b', 'a b', 'a,b', 'example.com/-', 'a\n', 'p'.repeat(254)],
      'at most one "/"',
    ],
    [
      '--http-address',
      [
        '8080',
        ':8080',
        'host',
        'host:',
        'host:-1',
        'host:65536',
        'host:1e3',
        '::1:8080',
        '[host]:80',
        '[::1]',
        'a:b:1',
      ],
      'HOST:PORT',
    ],
    ['--log-level', ['INFO', 'verbose', 'constructor', '__proto__'], 'use one of trace, debug'],
    ['--log-format', ['text', 'JSON', 'toString'], 'use one of json, pretty'],
  ];
  const each = cases.flatMap(([flag, values, hint]) =>
    values.map((value): [string, string, string] => [flag, value, hint]),
  );

  test.each(each)('%s %j', (flag, value, hint) => {
    const [problem, ...others] = problemsOf([...least, `${flag}=${value}`]).filter((text) => text.startsWith(flag));
    expect(problem).toContain(`${flag} is ${JSON.stringify(value)}: `);
    expect(problem).toContain(hint);
    expect(others).toEqual([]);
  });

  test('in a variable is told by the name of the variable', () => {
    expect(problemsOf(least, { LOG_LEVEL: 'loud', PROVISIONER_NAMES: 'ok,Not Ok' })).toEqual([
      'PROVISIONER_NAMES is "Not Ok": use lower-case letters, digits, "-" and ".", and at most one "/"',
      'LOG_LEVEL is "loud": use one of trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  test('in a variable is no matter when the flag is given', () => {
    expect(configOf([...least, '--log-level', 'warn'], { LOG_LEVEL: 'loud' }).logLevel).toBe('warn');
  });
});

describe('arguments that are no options', () => {
  test.each([
    ['--nodename', '--nodename is not an option: did you mean --node-name?'],
    ['--nodename=a', '--nodename is not an option: did you mean --node-name?'],
    ['--__proto__=a', '--__proto__ is not an option: see --help'],
    ['--constructor', '--constructor is not an option: see --help'],
    ['--no-help', '--no-help is not an option: see --help'],
    ['-x', '-x is not an option: see --help'],
    ['start', '"start" is not an option: see --help'],
    ['', '"" is not an option: see --help'],
  ])('%j', (argument, problem) => {
    expect(problemsOf([...least, argument])).toEqual([problem]);
  });

  test('with the value that was meant for one are one problem, which names the option that was meant', () => {
    expect(problemsOf([...least, '--base-dir', '/data'])).toEqual([
      '--base-dir is not an option: did you mean --base-directory?',
    ]);
  });

  test('after "--" neither', () => {
    expect(problemsOf([...least, '--', '--log-level'])).toEqual(['"--log-level" is not an option: see --help']);
  });
});

test('every problem is told at once', () => {
  const args = ['--http-address=x', '--base-directory', 'data', '--colour', '--log-format=', 'now'];
  expect(problemsOf(args, { LOG_LEVEL: 'loud' })).toEqual([
    '"now" is not an option: see --help',
    '--colour is not an option: see --help',
    '--log-format needs a value',
    expect.stringContaining('--base-directory is "data"'),
    expect.stringContaining('--http-address is "x"'),
    expect.stringContaining('LOG_LEVEL is "loud"'),
    '--node-name is missing: give it, or set NODE_NAME',
    'no way to the API server: give --kubeconfig, set KUBECONFIG, or run in a pod',
  ]);
});

test.each(['--help', '-h', '--help=yes'])('%s counts before any problem', (flag) => {
  expect(helpOf(['--nonsense', flag])).toContain('Usage: hostpath-provisioner --node-name NAME [options]');
});

describe('the process', { timeout: 60_000 }, () => {
  interface Ended {
    code: number | null;
    stdout: string;
    stderr: string;
  }

  // Nothing but where Node keeps what it has compiled.
  const { NODE_COMPILE_CACHE = '' } = process.env;
  const env = { NODE_COMPILE_CACHE };

  /** Runs the daemon with nothing of its own in its environment until it ends. */
  async function run(...args: string[]): Promise<Ended> {
    const main = join(import.meta.dirname, '../../../src/main.ts');
    const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await ended, stdout, stderr };
  }

  test.concurrent('prints its help and ends well', async () => {
    expect(await run('--help')).toEqual({ code: 0, stdout: helpOf(['--help']), stderr: '' });
  });

  test.concurrent('prints every problem, one a line, and ends with 2', async () => {
    const { code, stdout, stderr } = await run('--log-level', 'loud', '--base-directory', 'data', '--colour');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines.map((line) => /^hostpath-provisioner: (\S+)/.exec(line)?.[1])).toEqual([
      '--colour',
      '--base-directory',
      '--log-level',
      '--node-name',
      'no',
    ]);
  });

  test.concurrent('tells mistakes in flags and in the kubeconfig in one go', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'config');
    const cluster = {
      server: 'https://127.0.0.1:1',
      'certificate-authority': '/nowhere/ca.crt',
      'proxy-url': 'ftp://x',
    };
    const whole = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { tokenFile: '/nowhere/token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    await writeFile(path, JSON.stringify(whole));
    const { code, stderr } = await run('--node-nam', 'node-a', '--kubeconfig', path, '--log-level', 'loud');
    expect({
      code,
      lines: stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.replace('hostpath-provisioner: ', '')),
    }).toEqual({
      code: 2,
      lines: [
        '--node-nam is not an option: did you mean --node-name?',
        expect.stringContaining('--log-level is "loud"'),
        '--node-name is missing: give it, or set NODE_NAME',
        `kubeconfig ${path}: cluster "c": its proxy-url has the scheme ftp; use http, https or socks5`,
        `kubeconfig ${path}: cluster "c": certificate-authority /nowhere/ca.crt: no such file (ENOENT)`,
        `kubeconfig ${path}: user "u": tokenFile /nowhere/token: no such file (ENOENT)`,
      ],
    });
  });

  test.concurrent.for([
    ['is missing', undefined, 'no such file'],
    ['names no context', 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\n', 'current-context'],
  ] as const)(
    'says in one line that the kubeconfig file %s, and ends with 2',
    async ([_, content, problem], context) => {
      await using directory = await temporaryDirectory();
      const path = join(directory.path, 'config');
      if (content !== undefined) await writeFile(path, content);
      const { code, stderr } = await run(
        '--node-name',
        'node-a',
        '--kubeconfig',
        path,
        '--http-address',
        '127.0.0.1:0',
      );
      context.expect(code).toBe(2);
      const [line = ''] = stderr.split('\n');
      context.expect(line).toContain(`hostpath-provisioner: kubeconfig ${path}: `);
      context.expect(line).toContain(problem);
      context.expect(stderr).not.toMatch(/\n\s+at /); // no stack: that is for defects
    },
  );
});
