import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultClassParameters, readClassParameters } from '../../../src/model/class-parameters.ts';

const problemsOf = (parameters: Record<string, string>): string[] => {
  const result = readClassParameters(parameters);
  return 'problems' in result ? result.problems : [];
};

test('a class without parameters gets a hostPath directory that everybody may write to', () => {
  expect(readClassParameters({})).toEqual({
    volumeType: 'hostPath',
    directoryMode: 0o777,
    directoryOwner: undefined,
    trashRetentionMs: 0,
    enforcesQuota: false,
    inodesPerGiB: undefined,
    pools: undefined,
    overcommit: undefined,
  });
});

test('reading one class leaves no trace in the next', () => {
  readClassParameters({ volumeType: 'local', directoryMode: '0700', directoryOwner: '1:2' });
  expect(readClassParameters({})).toEqual(defaultClassParameters);
  expect(defaultClassParameters.volumeType).toBe('hostPath');
});

describe('a value that is taken', () => {
  test.each([
    ['volumeType', 'hostPath', { volumeType: 'hostPath' }],
    ['volumeType', 'local', { volumeType: 'local' }],
    ['directoryMode', '770', { directoryMode: 0o770 }],
    ['directoryMode', '0770', { directoryMode: 0o770 }],
    ['directoryMode', '1777', { directoryMode: 0o1777 }],
    ['directoryOwner', '0:0', { directoryOwner: { uid: 0, gid: 0 } }],
    ['directoryOwner', '1001:2002', { directoryOwner: { uid: 1001, gid: 2002 } }],
    ['trashRetention', '0', { trashRetentionMs: 0 }],
    ['trashRetention', '36h', { trashRetentionMs: 129_600_000 }],
    ['quota', 'enforce', { enforcesQuota: true }],
    ['quota', 'none', { enforcesQuota: false }],
    ['inodesPerGiB', '65536', { inodesPerGiB: 65_536 }],
    ['pool', 'ssd', { pools: ['ssd'] }],
    ['pool', 'ssd, hdd,ssd', { pools: ['ssd', 'hdd'] }],
    ['overcommit', '2', { overcommit: 2 }],
    ['overcommit', '0.85', { overcommit: 0.85 }],
    ['directoryOwner', '4294967294:1', { directoryOwner: { uid: 4_294_967_294, gid: 1 } }],
  ])('%s %j', (name, value, expected) => {
    expect(readClassParameters({ [name]: value })).toEqual({ ...defaultClassParameters, ...expected });
  });
});

describe('a value that is refused, by name and with a way out', () => {
  test.each([
    ['volumeType', '', 'use "hostPath" or "local"'],
    ['volumeType', 'HostPath', 'use "hostPath" or "local"'],
    ['volumeType', ' local', 'use "hostPath" or "local"'],
    ['directoryMode', '', 'octal'],
    ['directoryMode', '77', 'octal'],
    ['directoryMode', '00770', 'octal'],
    ['directoryMode', '0o770', 'octal'],
    ['directoryMode', '0787', 'octal'],
    ['directoryMode', 'u=rwx', 'octal'],
    ['directoryMode', '0770\n', 'octal'],
    ['directoryMode', '-777', 'octal'],
    ['directoryOwner', '1001', 'uid:gid'],
    ['directoryOwner', '1001:', 'uid:gid'],
    ['directoryOwner', ':1001', 'uid:gid'],
    ['directoryOwner', 'kafka:kafka', 'uid:gid'],
    ['directoryOwner', '-1:-1', 'uid:gid'],
    ['directoryOwner', '1:2:3', 'uid:gid'],
    ['directoryOwner', '4294967295:0', 'uid:gid'],
    ['directoryOwner', '0:4294967295', 'uid:gid'],
    ['directoryOwner', '99999999999:0', 'uid:gid'],
    ['directoryOwner', '1e3:0', 'uid:gid'],
    ['trashRetention', '', '36h'],
    ['trashRetention', '7d', '168h'],
    ['trashRetention', '-1h', '36h'],
    ['trashRetention', '87601h', 'ten years'],
    ['quota', 'true', 'use "enforce" or "none"'],
    ['inodesPerGiB', '0', 'at least 1'],
    ['inodesPerGiB', '1e5', 'at least 1'],
    ['pool', '', 'names of base directories'],
    ['pool', 'ssd,', 'names of base directories'],
    ['pool', '/mnt/ssd', 'names of base directories'],
    ['overcommit', '0', 'above 0'],
    ['overcommit', '-1', 'above 0'],
    ['overcommit', '150%', 'above 0'],
  ])('%s %j', (name, value, hint) => {
    const [problem, ...others] = problemsOf({ [name]: value });
    expect(others).toEqual([]);
    expect(problem).toContain(`parameter ${name} is ${JSON.stringify(value)}`);
    expect(problem).toContain(hint);
  });
});

test('every problem is named at once, each with what may stand instead', () => {
  const problems = problemsOf({ volumeType: 'nfs', directoryMode: 'x', pathPattern: '{{ .PVC.name }}' });
  expect(problems).toHaveLength(3);
  expect(problems[2]).toBe(
    'parameter "pathPattern" is not known: use volumeType, directoryMode, directoryOwner, trashRetention, quota, inodesPerGiB, pool, overcommit',
  );
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', ''])('%j is unknown', (name) => {
  const parameters: Record<string, string> = JSON.parse(`{${JSON.stringify(name)}: "x"}`);
  expect(problemsOf(parameters)).toEqual([expect.stringContaining(`parameter "${name}" is not known`)]);
});

test('whatever a class says, reading it does not throw, and what is not known is refused by name', () => {
  const known = ['volumeType', 'directoryMode', 'directoryOwner'];
  const name = fc.oneof(fc.constantFrom(...known, '__proto__', 'constructor'), fc.string());
  const value = fc.oneof(fc.constantFrom('local', '0770', '1:2'), fc.string());
  fc.assert(
    fc.property(fc.dictionary(name, value), (parameters) => {
      const problems = problemsOf(parameters);
      for (const given of Object.keys(parameters).filter((key) => !known.includes(key))) {
        expect(problems).toContainEqual(expect.stringContaining(`parameter "${given}" is not known`));
      }
    }),
  );
});

test('a mode or an owner that is taken is one that chmod and chown take', () => {
  const digits = fc.stringMatching(/^[0-9:]{1,12}$/);
  fc.assert(
    fc.property(digits, digits, (directoryMode, directoryOwner) => {
      const result = readClassParameters({ directoryMode, directoryOwner });
      if ('problems' in result) return;
      expect(result.directoryMode).toBeLessThanOrEqual(0o7777);
      expect(result.directoryOwner?.uid).toBeLessThan(2 ** 32 - 1);
      expect(result.directoryOwner?.gid).toBeLessThan(2 ** 32 - 1);
    }),
  );
});
