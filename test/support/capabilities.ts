import { readFileSync } from 'node:fs';
import { readManifests } from './manifests.ts';

/** What the shipped manifests let the daemon keep of root's capabilities, such as `CHOWN`. */
export const shippedCapabilities: readonly string[] =
  readManifests('manifests/daemonset.yaml')[0].spec.template.spec.containers[0].securityContext.capabilities.add;

/**
 * A command that runs the one after it as a container runtime would: with these capabilities and no way to others. Needs
 * root and setpriv, which comes with util-linux.
 */
export function withCapabilities(names: readonly string[]): string[] {
  const bounding = ['-all', ...names.map((name) => `+${name.toLowerCase()}`)].join(',');
  return ['setpriv', `--bounding-set=${bounding}`, '--inh-caps=-all', '--no-new-privs', '--'];
}

/** Numbers of the capabilities that manifests may name (linux/capability.h). */
const numbers: Record<string, number> = { CHOWN: 0, DAC_OVERRIDE: 1, FOWNER: 3 };

/** Capabilities as the kernel writes them. */
export function capabilityMask(names: readonly string[]): string {
  const bits = names.reduce((mask, name) => mask | (1 << (numbers[name] ?? Number.NaN)), 0);
  return bits.toString(16).padStart(16, '0');
}

/** Fields of `/proc/<id>/status`, such as `CapEff`. */
export function processStatus(id: number): Record<string, string> {
  const lines = readFileSync(`/proc/${id}/status`, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(':\t').map((part) => part.trim())));
}
