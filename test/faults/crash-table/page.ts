import type { Flow } from './flows.ts';
import type { Observation } from './rows.ts';
import { type Row, rowsOf } from './rows.ts';

const head = `# What a crash leaves, and what the restart does

\`npm run crash-table\` writes this page. It lets the real daemon run each flow once, then kills it right before each step, records what is
there, and starts it again (\`test/faults/crash-table/\`). \`npm run test:faults\` writes it again and fails when it differs.
[crashes.md](crashes.md) says why the steps are in this order.

- A step is a call that changes the file system, or a write to the API server. Reads, Events and calls that change nothing are left out.
- "On the disk" and "in the API server" show the state after the kill and after Kubernetes' own part, before the restart.
- Every start first makes the label durable, if there is one (fsync of our own directory and of the base directory). This is left out, and
  so is the creation of the spare space (\`spare\`), which happens where the disk has room for it.
- Steps that agree in all other columns share a row. Numbers in the last column are steps of the same table. A restart repeats steps
  that it cannot know to be done, such as a \`mkdir\` of a directory that exists. Every restart ended as the run without kills did,
  with every promise kept.
- The *record* is \`volumes/<volume>.json\` in our own directory, \`.hostpath-provisioner\`, and the *journal* is the directory of the
  records. The *label* is \`base.json\` there. A volume's *place in the trash* is \`trash/<volume>\`, with \`record.json\` and \`directory\`.
`;

/** The whole of docs/crash-table.md. */
export function pageOf(flows: readonly { flow: Flow; observations: readonly Observation[] }[]): string {
  return [head, ...flows.map(({ flow, observations }) => section(flow, rowsOf(observations)))].join('\n');
}

function section({ title, about }: Flow, rows: readonly Row[]): string {
  const lines = rows.map(({ numbers, steps, disk, cluster, restart }) =>
    line(numbers, steps.join(', ') || 'do nothing more', disk, cluster, restart),
  );
  const titles = ['step', 'the daemon was about to', 'on the disk', 'in the API server', 'what the restart does'];
  return [`## ${title}`, '', about, '', line(...titles), '|---|---|---|---|---|', ...lines, ''].join('\n');
}

const line = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
