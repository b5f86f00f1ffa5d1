import type { TrashRow } from '../rows/rows.ts';
import { type Html, html, type Part } from './html.ts';
import { restoreCommand } from './restore-command.ts';
import { copyable, section } from './section.ts';
import { type Column, table } from './table.ts';
import { bytes, counted, distance, unknown } from './values.ts';

const columns: readonly Column[] = [
  { name: 'Claim and volume' },
  { name: 'Node' },
  { name: 'Size', kind: 'number' },
  { name: 'Removed' },
  { name: 'Kept for' },
  { name: 'Restore' },
];

export interface TrashOptions {
  /** When the trash was read, as `Date.now`. */
  atMs: number;
  /** Options that choose the cluster, for commands that are shown. */
  clusterOptions: readonly string[];
}

/** Deleted volumes that can still be restored, with the command that does it. */
export function trashSection(trash: readonly TrashRow[], problems: readonly string[], options: TrashOptions): Html {
  return section({
    id: 'trash',
    heading: 'Trash',
    summary: summary(trash),
    problems,
    content:
      trash.length === 0
        ? html`<p class="nothing">${problems.length === 0 ? 'No deleted volume is kept.' : 'No deleted volume is known.'}</p>`
        : table({
            id: 'trash',
            caption: 'Deleted volumes that are kept',
            columns,
            rows: trash.map((entry) => row(entry, options)),
          }),
  });
}

function summary(trash: readonly TrashRow[]): Part {
  const used = trash.reduce((all, { usedBytes }) => all + (usedBytes ?? 0), 0);
  return html`${counted(trash.length, 'deleted volume')}, ${bytes(used)}`;
}

function row(entry: TrashRow, { atMs, clusterOptions }: TrashOptions): Html {
  const { node, pool, volume, namespace, claim, usedBytes, removedAt, keptUntil, problem } = entry;
  return html`
    <tr id="trash-${node}/${pool}/${volume}">
      <th scope="row">${shownClaim(namespace, claim)}<small class="path">${volume}</small></th>
      <td>${node}</td>
      <td class="number">${bytes(usedBytes)}</td>
      <td>${distance(removedAt, atMs, (length) => `${length} ago`)}</td>
      <td>${keptUntil === undefined ? notKept : distance(keptUntil, atMs, (length) => length)}</td>
      <td>${
        problem === undefined
          ? copyable(
              `copy-trash-${node}/${pool}/${volume}`,
              restoreCommand(entry, clusterOptions),
              `restores ${volume}`,
            )
          : html`<span class="bad">${problem}</span>`
      }</td>
    </tr>`;
}

const shownClaim = (namespace: string | undefined, claim: string | undefined): Part =>
  namespace === undefined || claim === undefined ? unknown : html`<span class="namespace">${namespace}/</span>${claim}`;

const notKept = html`<span class="none">not kept</span>`;
