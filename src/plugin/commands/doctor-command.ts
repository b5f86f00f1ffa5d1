import { documentVersion } from '../../model/node-status.ts';
import { version } from '../../model/version.ts';
import type { OpenCluster } from '../cluster/open-cluster.ts';
import type { Given } from '../command-line/read-arguments.ts';
import type { Finding } from '../doctor/finding.ts';
import { findings, wantedByDoctor } from '../doctor/findings.ts';
import { findingLines } from '../output/finding-lines.ts';
import type { Output } from '../output/output.ts';
import { printableJson } from '../output/printable.ts';
import { problemsIn } from '../output/problems.ts';
import { readOverview } from '../read-overview.ts';
import { type End, ended, failed, misused } from './end.ts';

const everything = { namespace: undefined, labelSelector: undefined, node: undefined };

/** Prints what is wrong in the cluster. It fails if a finding is a failure, or if nothing could be read. */
export async function runDoctor(
  { output }: Given,
  { sources }: Pick<OpenCluster, 'sources'>,
  { say, colour }: Output,
): Promise<End> {
  if (output === 'wide' || output === 'name') {
    return misused(`--output is "${output}": use json or yaml, or leave it out for lines`);
  }
  const overview = await readOverview(sources, everything, wantedByDoctor);
  const { atMs, claims, volumes, classes, nodes, daemonSets, daemons, events } = overview;
  const isUnread = [claims, volumes, classes, nodes, daemonSets, daemons, events].every((read) => 'problem' in read);
  if (isUnread) return failed(...problemsIn(overview));
  const found = findings(overview, atMs, version);
  say(await textOf(found, output, colour));
  return found.some(({ level }) => level === 'FAIL') ? failed() : ended;
}

async function textOf(found: readonly Finding[], output: string | undefined, colour: boolean): Promise<string> {
  if (output === undefined) return findingLines(found, { colour }).join('\n');
  const document = { apiVersion: documentVersion, kind: 'FindingList', items: found };
  if (output === 'json') return printableJson(document);
  const { yamlText } = await import('../output/yaml.ts');
  return yamlText(document);
}
