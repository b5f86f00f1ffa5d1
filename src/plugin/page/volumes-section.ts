import type { VolumeRow } from '../rows/rows.ts';
import { bar, levelOf } from './bar.ts';
import { type Html, html, type Part } from './html.ts';
import { section } from './section.ts';
import { type Column, table } from './table.ts';
import { bytes, counted, known, unknown } from './values.ts';

const columns: readonly Column[] = [
  { name: 'Claim' },
  { name: 'Node' },
  { name: 'Status' },
  { name: 'Pods' },
  { name: 'Used', kind: 'number' },
  { name: 'Requested', kind: 'number' },
  { name: 'Used of requested', kind: 'number' },
  { name: 'Remark' },
];

/** The claims with their volumes, a row for each, and what filters them in the browser. */
export function volumesSection(volumes: readonly VolumeRow[], problems: readonly string[]): Html {
  return section({
    id: 'volumes',
    heading: 'Volumes',
    summary: summary(volumes),
    tools: filter,
    problems,
    content:
      volumes.length === 0
        ? html`<p class="nothing">${problems.length === 0 ? 'No claim has a class of this provisioner.' : 'No volume is known.'}</p>`
        : table({
            id: 'volumes',
            caption: 'Claims and their volumes',
            columns,
            rows: volumes.map(row),
            sortable: true,
          }),
  });
}

const filter = html`
  <p class="tools">
    <span id="matches" data-kept role="status"></span>
    <label for="filter">Filter</label>
    <input id="filter" data-kept type="search" autocomplete="off" spellcheck="false" placeholder="claim, node, status, pod, remark">
  </p>`;

/** Sums of what is known. */
function summary(volumes: readonly VolumeRow[]): Part {
  const sum = (values: (number | undefined)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0);
  const used = sum(volumes.map(({ usedBytes }) => usedBytes));
  const requested = sum(volumes.map(({ requestedBytes }) => requestedBytes));
  return html`${counted(volumes.length, 'volume')}, ${bytes(used)} used of ${bytes(requested)} requested`;
}

function row(volume: VolumeRow): Html {
  const { namespace, claim, node, status, pods, usedBytes, requestedBytes, usedPercent, remark } = volume;
  return html`
    <tr id="volume-${namespace}/${claim}">
      <th scope="row"><span class="namespace">${namespace}/</span>${claim}</th>
      <td>${known(node)}</td>
      <td class="status ${statusKind(status)}">${status}</td>
      <td>${pods === undefined ? unknown : pods.length === 0 ? none : pods.join(', ')}</td>
      <td class="number" data-value="${usedBytes}">${bytes(usedBytes)}</td>
      <td class="number" data-value="${requestedBytes}">${bytes(requestedBytes)}</td>
      <td class="number share" data-value="${usedPercent}">${share(usedPercent)}</td>
      <td class="remark">${remark}</td>
    </tr>`;
}

const none = html`<span class="none">none</span>`;

function statusKind(status: string): string {
  if (status === 'Bound') return 'good';
  return status === 'Pending' ? 'waiting' : 'bad';
}

const share = (percent: number | undefined): Part =>
  percent === undefined ? unknown : html`${bar(percent)}<span class="${levelOf(percent)}">${percent}%</span>`;
