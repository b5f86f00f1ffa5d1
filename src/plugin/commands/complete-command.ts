import type { MetadataObject, PersistentVolumeObject } from '../../model/kubernetes.ts';
import { volumeOf } from '../../model/volume.ts';
import { ownVolumes } from '../cluster/lists.ts';
import { type OpenCluster, openCluster } from '../cluster/open-cluster.ts';
import type { Sources } from '../cluster/sources.ts';
import { type Candidate, type Completion, completionOf, type NameKind } from '../command-line/complete.ts';
import type { Given } from '../command-line/read-arguments.ts';
import { lists } from '../lists/lists.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { foundIn } from '../overview.ts';
import { readOverview } from '../read-overview.ts';

/** Tells the shell to offer no file names (cobra, `ShellCompDirectiveNoFileComp`). */
const noFileNames = ':4';

/**
 * Prints what may come next on the command line: a word a line, after a tab what it means, and last a directive, as kubectl expects
 * it of the completion of a plugin.
 */
export async function runComplete(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  { say, warn }: Output,
): Promise<void> {
  const begun = args.at(-1) ?? '';
  const completion = completionOf(args.slice(0, -1), begun, (command) =>
    Object.hasOwn(lists, command) ? lists[command as keyof typeof lists].columns.map(({ heading }) => heading) : [],
  );
  const isMeant = begun.replace(/^--[a-z-]+=/, '');
  try {
    for (const { word, text } of await candidatesFor(completion, environment)) {
      if (word.startsWith(isMeant)) say(printable(word) + (text === undefined ? '' : `\t${printable(text)}`));
    }
  } catch (error) {
    // Whoever presses Tab wants words, and no failure; the shell does not show this line.
    warn(error instanceof Error ? error.message : String(error));
  }
  say(noFileNames);
}

async function candidatesFor(completion: Completion, environment: NodeJS.ProcessEnv): Promise<Candidate[]> {
  if ('candidates' in completion) return completion.candidates;
  const { names, given } = completion;
  const { kubeconfig: kubeconfigPath, context: contextName } = given;
  await using cluster = await openCluster({ kubeconfigPath, contextName }, environment);
  return (await namesOf[names](cluster, given)).map((word) => ({ word }));
}

const namesOf: Record<NameKind, (cluster: OpenCluster, given: Given) => Promise<string[]>> = {
  namespaces: ({ sources }) => namesAt(sources, '/api/v1/namespaces'),

  nodes: ({ sources }) => namesAt(sources, '/api/v1/nodes'),

  async 'claims and volumes'({ sources, namespace: ofContext }, given) {
    const namespace = given.namespace ?? ofContext;
    const names: string[] = [];
    for await (const object of sources.list<PersistentVolumeObject>(ownVolumes)) {
      const { name, claim } = volumeOf(object);
      names.push(name);
      if (claim === undefined) continue;
      names.push(`${claim.namespace}/${claim.name}`, ...(claim.namespace === namespace ? [claim.name] : []));
    }
    return names;
  },

  async 'deleted volumes'({ sources }) {
    const scope = { namespace: undefined, labelSelector: undefined, node: undefined };
    const { statuses } = await readOverview(sources, scope, ['daemons', 'statuses']);
    return [...statuses.values()].flatMap(
      (status) =>
        foundIn(status)?.baseDirectories.flatMap(({ trash }) => trash.volumes.map(({ volume }) => volume)) ?? [],
    );
  },
};

async function namesAt(sources: Sources, path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { metadata } of sources.list<MetadataObject>({ path, metadataOnly: true })) {
    names.push(metadata?.name ?? '');
  }
  return names;
}
