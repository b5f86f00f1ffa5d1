import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { version } from '../../scripts/image/name.ts';
import { pluginFiles } from '../../scripts/release/plugin-files.ts';
import { describeRelease, test } from './release-test.ts';

const krew = 'sigs.k8s.io/krew/cmd/krew@v0.4.3';
const npmPackage = `kubectl-hostpath-provisioner-${version}.tgz`;
const tarball = `kubectl-hostpath_provisioner-${version}.tar.gz`;

const nowhere = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'nowhere', cluster: { server: 'https://127.0.0.1:1' } }],
  contexts: [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'nobody' } }],
  users: [{ name: 'nobody', user: {} }],
  'current-context': 'nowhere',
};

/** What the plugin prints as its own version. There is no cluster whose daemons it could ask. */
function versionOf(folder: string, name: string): string {
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(nowhere));
  const env = { PATH: process.env.PATH, KUBECONFIG: kubeconfig };
  return spawnSync(join(folder, name), ['version'], { encoding: 'utf8', env }).stdout;
}

const ownVersion = `plugin    ${version}\n`;

describeRelease('The plugin', () => {
  test('runs from the npm package under both names, which installs nothing else and runs no scripts', ({
    release,
    work,
  }) => {
    const alone = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', work];
    execFileSync('npm', ['install', ...alone, release.path(npmPackage)], { cwd: work, stdio: 'pipe' });
    const bin = join(work, 'node_modules/.bin');
    for (const name of ['kubectl-hostpath_provisioner', 'kubectl-hostpath'])
      expect(versionOf(bin, name)).toBe(ownVersion);
    const installed = join(work, 'node_modules/kubectl-hostpath-provisioner');
    const {
      scripts,
      dependencies,
      private: isPrivate,
    } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect({ scripts, dependencies, isPrivate }).toEqual({});
    expect(existsSync(join(installed, 'LICENSE'))).toBe(true);
  });

  test('runs from the tarball, which has the same files', ({ release, work }) => {
    release.unpack(tarball, work);
    release.unpack(npmPackage, join(work, 'npm'));
    expect(versionOf(work, 'kubectl-hostpath_provisioner')).toBe(ownVersion);
    for (const name of pluginFiles) {
      expect(readFileSync(join(work, name)).equals(readFileSync(join(work, 'npm/package', name)))).toBe(true);
    }
  });

  test('is installed by krew, which checks manifest and checksum', ({ release, work }) => {
    const { status, output } = krewInstall(work, release.path('hostpath-provisioner.yaml'), release.path(tarball));
    expect(output).toContain('This plugin needs Node.js 22.19 or newer');
    expect(status).toBe(0);
    expect(versionOf(join(work, 'bin'), 'kubectl-hostpath_provisioner')).toBe(ownVersion);
  });

  test('is not installed by krew from another tarball', ({ release, work }) => {
    const { status, output } = krewInstall(work, release.path('hostpath-provisioner.yaml'), release.path(npmPackage));
    expect(output).toContain('checksum does not match');
    expect(status).not.toBe(0);
  });
});

/** Installs a plugin into a folder, from a file instead of its address. */
function krewInstall(root: string, manifest: string, archive: string): { status: number | null; output: string } {
  const names = ['GOCACHE', 'GOMODCACHE', 'GOPROXY', 'GOFLAGS'];
  const values = execFileSync('go', ['env', ...names], { encoding: 'utf8' }).split('\n');
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    KREW_ROOT: root,
    ...Object.fromEntries(names.map((name, n) => [name, values[n]])),
  };
  const command = ['run', krew, 'install', `--manifest=${manifest}`, `--archive=${archive}`];
  const { status, stdout, stderr } = spawnSync('go', command, { cwd: root, encoding: 'utf8', env });
  return { status, output: stdout + stderr };
}
