import type { Flow } from './flows.ts';
import type { Observation } from './rows.ts';
import { type Row, rowsOf } from './rows.ts';

const head = `# What a crash leaves, and what the restart does

Made by \`npm run crash-table\`, which has the real daemon take each flow once, then kills it right before each step, looks, and starts
it again (\`test/faults/crash-table/\`). \`npm run test:faults\` makes it again and fails when it differs. Why the steps are in this order is in
[design.md](design.md).

- A step is a call that changes the file system, or a write to the API server. Reads, Events and calls that change nothing are left out.
- "On the disk" and "in the API server" is what was there after the kill, when Kubernetes had done its own part and before the restart.
- Every start makes the label durable first, if it finds one (fsync of our own directory and of the base directory): it is left out, too.
  So is the making of the spare space (\`spare\`), which is made where the disk has room for it.
- Steps with the same in all other columns share a row. Numbers in the last column are steps of the same table: a restart repeats steps
  that it cannot know to be done, such as a \`mkdir\` of what is there already. Every restart came to the end of the run without kills,
  with every promise kept.
- The *record* is \`volumes/<volume>.json\` in our own directory, \`.hostpath-provisioner\`, and the *journal* the directory of the records.
  The *label* is \`base.json\` there. A volume's *place in the trash* is \`trash/<volume>\`, with \`record.json\` and \`directory\`.
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
