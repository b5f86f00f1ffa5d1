import { expect, test } from 'vitest';
import { readArchitectures } from '../../scripts/image/architectures.ts';

test.each([
  ['those that are named', ['arm64', 'amd64'], 'x64', ['arm64', 'amd64']],
  ['an amd64 one on an amd64 machine', [], 'x64', ['amd64']],
  ['an arm64 one on an arm64 machine', [], 'arm64', ['arm64']],
])('Images are built for %s', (_, names, machine, expected) => {
  expect(readArchitectures(names, machine)).toEqual(expected);
});

test.each([
  ['a name that npm has', ['x64'], 'x64', 'x64'],
  ['a name that every object has', ['toString'], 'x64', 'toString'],
  ['a machine that there is no Node for', [], 's390x', 's390x'],
])('There is no image for %s', (_, names, machine, told) => {
  expect(() => readArchitectures(names, machine)).toThrow(`no image for ${told}: there is amd64, arm64`);
});
