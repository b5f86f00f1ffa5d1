import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { embeddedVersion } from '../../control-plane/embedded/http/discovery.ts';
import { chosenVersion, kubernetesVersions } from '../../control-plane/real/kubernetes-versions.ts';
import { notBuilt } from '../../control-plane/real/prerequisites.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** The versions of a folder with module files that require these releases of Kubernetes. */
async function versionsOf(files: Record<string, string>) {
  await using folder = await temporaryDirectory();
  for (const [file, release] of Object.entries(files)) {
    writeFileSync(join(folder.path, file), `require (\n\tk8s.io/kubernetes ${release}\n)\n`);
  }
  mkdirSync(join(folder.path, 'dns'));
  return kubernetesVersions(folder.path).map(({ minor, release, programPath }) => [
    minor,
    release,
    programPath.split('/').slice(-2).join('/'),
  ]);
}

test('The versions are those of the module files, oldest first', async () => {
  const files = { 'go.mod': 'v1.37.2', 'kubernetes-1.100.mod': 'v1.100.0', 'kubernetes-1.9.mod': 'v1.9.11' };
  expect(await versionsOf({ ...files, 'other.mod': 'v1.1.1' })).toEqual([
    ['1.9', 'v1.9.11', '.build/kubernetes-1.9'],
    ['1.37', 'v1.37.2', '.build/kubernetes'],
    ['1.100', 'v1.100.0', '.build/kubernetes-1.100'],
  ]);
});

test('A module file that requires another version than its name says is refused', async () => {
  const versions = versionsOf({ 'go.mod': 'v1.37.2', 'kubernetes-1.33.mod': 'v1.34.0' });
  await expect(versions).rejects.toThrow(/kubernetes-1\.33\.mod requires v1\.34\.0$/);
});

test('A module file that requires no Kubernetes is refused', async () => {
  await expect(versionsOf({ 'go.mod': 'latest' })).rejects.toThrow(/go\.mod requires no k8s\.io\/kubernetes$/);
});

describe('The version of a run', () => {
  test('is the one that KUBERNETES_VERSION names', () => {
    for (const version of kubernetesVersions()) expect(chosenVersion(version.minor)).toEqual(version);
  });

  test('is the one that the embedded control plane imitates when nothing is named', () => {
    expect(chosenVersion(undefined)).toMatchObject({ minor: embeddedVersion });
  });

  test.each(['1.2', 'v1.33', '1.33.13', '', 'go.mod'])('cannot be "%s"', (asked) => {
    const known = kubernetesVersions().map(({ minor }) => minor);
    expect(() => chosenVersion(asked)).toThrow(`KUBERNETES_VERSION is "${asked}": use one of ${known.join(', ')}`);
  });
});

test.each([
  [undefined, 'npm run cluster:build'],
  ['1.33', 'KUBERNETES_VERSION=1.33 npm run cluster:build'],
])('Of a program that is not built, with KUBERNETES_VERSION %s, it is said how it is', (asked, command) => {
  expect(notBuilt(['/no/such/program', '/bin/sh'], asked)).toEqual([`/no/such/program is missing: run "${command}"`]);
});
