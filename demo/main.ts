/** Shows what the provisioner does: claims become volumes and directories, and go again. Exits 0 only if all of it held. */
import { randomBytes } from 'node:crypto';
import { ApiError } from '../src/kube/calls/kube-api.ts';
import { StartError } from '../src/model/start-error.ts';
import { Cleanup } from './cleanup.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { DemoTools } from './demo-tools.ts';
import { embeddedPlace } from './embedded-place.ts';
import { eventsOf } from './events.ts';
import { DemoFailure, waitUntilNothing } from './failure.ts';
import { type DemoOptions, readOptions, usage } from './options.ts';
import type { Place } from './place.ts';
import { play } from './play.ts';
import { Report } from './report.ts';
import { userPlace } from './user-place.ts';

const exitMisused = 2;
const exitInterrupted = 130;
const eventsShown = 5;
const logLinesShown = 5;

async function run(options: DemoOptions): Promise<number> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => (interrupted.signal.aborted ? process.exit(exitInterrupted) : interrupted.abort()));
  }
  const tools: DemoTools = { report: new Report(), cleanup: new Cleanup(), signal: interrupted.signal };
  tools.report.heading('hostpath-provisioner demo: from claims to volumes and directories, and back');
  const held = await playAndReport(options, tools);
  const problems = await tools.cleanup.run();
  tools.report.did(problems.length === 0 ? 'cleaned up' : 'cleaned up, but not everything:');
  for (const problem of problems) tools.report.detail(problem);
  if (interrupted.signal.aborted) return exitInterrupted;
  if (!held || problems.length > 0) return 1;
  console.log('\nAll of it held. README.md says how to install it on a cluster.');
  return 0;
}

/** @returns whether everything held */
async function playAndReport(options: DemoOptions, tools: DemoTools): Promise<boolean> {
  const { report, signal } = tools;
  const namespace = `hostpath-demo-${randomBytes(2).toString('hex')}`;
  let place: Place | undefined;
  try {
    place = await (options.kubeconfigPath === undefined
      ? embeddedPlace(tools)
      : userPlace(options.kubeconfigPath, options, tools));
    await makeNamespace(place.client, namespace, tools);
    await play(place, namespace, tools);
    return true;
  } catch (error) {
    if (signal.aborted) {
      report.did('interrupted: cleaning up (again Ctrl-C: leave everything as it is)');
      return false;
    }
    const message = error instanceof Error ? error.message : String(error);
    report.failed(error instanceof DemoFailure ? `expected that ${message}` : message);
    if (error instanceof DemoFailure) for (const line of error.seen) report.detail(line);
    else if (!isTold(error)) console.error(error);
    if (place !== undefined) await tellMore(place, namespace, report);
    return false;
  }
}

/** A namespace for the demo alone. At the end, its claims go first, and it only after their volumes. */
async function makeNamespace(client: ClusterClient, namespace: string, { report, cleanup }: DemoTools): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  cleanup.add(`deleting namespace ${namespace}`, () => client.delete(path));
  cleanup.add('deleting claims', () => deleteAllClaims(client, namespace));
  report.did(`namespace ${namespace}`);
}

async function deleteAllClaims(client: ClusterClient, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  for (const { metadata } of await client.list(path)) await client.delete(`${path}/${metadata.name}`);
  const left = async () => {
    const volumes = await client.list('/api/v1/persistentvolumes');
    const ours = volumes.filter(({ spec }) => spec.claimRef?.namespace === namespace);
    return ours.map(({ metadata }) => `volume ${metadata.name} is left`);
  };
  await waitUntilNothing('every volume is gone', left, { signal: new AbortController().signal });
}

/** What a user would look at next: Warnings, or the other Events when there are none, and the daemon's log. */
async function tellMore({ client, local }: Place, namespace: string, report: Report): Promise<void> {
  try {
    const events = await eventsOf(client, namespace);
    const warnings = events.filter(({ type }) => type === 'Warning');
    const told = (warnings.length > 0 ? warnings : events).slice(0, eventsShown);
    for (const { type, reason, message, involvedObject } of told) {
      report.detail(`Event on ${involvedObject.name}: ${type} ${reason}: ${message}`);
    }
    if (events.length === 0) report.detail('there are no Events');
  } catch (error) {
    report.detail(`Events cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const log = local?.daemon.lastLines.split('\n').slice(-logLinesShown) ?? [];
  for (const line of log) report.detail(`daemon: ${line}`);
}

const isTold = (error: unknown): boolean => error instanceof ApiError || error instanceof StartError;

let options: DemoOptions | 'help';
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exit(exitMisused);
}
if (options === 'help') console.log(usage);
else process.exit(await run(options));
