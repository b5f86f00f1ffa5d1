import { loadYaml } from '@kubernetes/client-node';
import type { Json } from './api.ts';

/** What a workflow does that a stranger's change elsewhere could turn against the project, in a line each. */
export function workflowViolations(text: string): string[] {
  const { permissions, jobs = {} } = loadYaml(text) as Json;
  return [
    ...tooMuch(permissions).map((problem) => `workflow ${problem}`),
    ...Object.entries<Json>(jobs).flatMap(([name, job]) =>
      jobViolations(job).map((problem) => `job ${name} ${problem}`),
    ),
    ...usesIn(text).flatMap((uses) => (pinned.test(uses) ? [] : [`uses ${uses}, which is not pinned by its commit`])),
  ];
}

/** By what cannot be moved, with the version for people and for what looks for newer ones. */
const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

function usesIn(text: string): string[] {
  return [...text.matchAll(/^\s*(?:- )?uses:\s*(.+)$/gm)].map(([, uses = '']) => uses);
}

/** What the whole workflow may do, each of its jobs may do: more is said in the job that needs it. */
function tooMuch(permissions: Json): string[] {
  if (permissions === undefined) return ['does not say what it may do'];
  if (typeof permissions === 'string') return [`may do ${permissions}`];
  return Object.entries(permissions)
    .filter(([, level]) => level !== 'read' && level !== 'none')
    .map(([what, level]) => `may ${level} ${what}`);
}

function jobViolations({ permissions, steps = [], ...job }: Json): string[] {
  return [
    ...(typeof permissions === 'string' ? [`may do ${permissions}`] : []),
    ...(job['timeout-minutes'] === undefined ? ['may take for ever'] : []),
    ...steps
      .filter((step: Json) => /^actions\/checkout@/.test(step.uses) && step.with?.['persist-credentials'] !== false)
      .map(() => 'leaves its token where later steps find it'),
    ...steps
      .filter((step: Json) => /\$\{\{/.test(step.run ?? ''))
      .map((step: Json) => `puts an expression into a command: ${step.run.trim()}`),
  ];
}
