import type { NodeRow } from '../rows/rows.ts';
import { bar, levelOf } from './bar.ts';
import { type Html, html, type Part } from './html.ts';
import { section } from './section.ts';
import { type Column, table } from './table.ts';
import { bytes, count, counted, unknown } from './values.ts';

const columns: readonly Column[] = [
  { name: 'Node' },
  { name: 'Status' },
  { name: 'Base directory' },
  { name: 'Disk' },
  { name: 'Volumes', kind: 'number' },
  { name: 'Requested', kind: 'number' },
  { name: 'Trash', kind: 'number' },
  { name: 'Orphans', kind: 'number' },
];

/** The base directories of the nodes, a row for each. */
export function nodesSection(nodes: readonly NodeRow[], problems: readonly string[]): Html {
  return section({
    id: 'nodes',
    heading: 'Nodes',
    summary: summary(nodes),
    problems,
    content:
      nodes.length === 0
        ? html`<p class="nothing">${problems.length === 0 ? 'No node has a daemon or volumes.' : 'No node is known.'}</p>`
        : table({ id: 'nodes', caption: 'Base directories of the nodes', columns, rows: nodes.map(row) }),
  });
}

function summary(nodes: readonly NodeRow[]): Part {
  const names = new Set(nodes.map(({ node }) => node));
  const notReady = new Set(nodes.filter(({ status }) => status !== 'Ready').map(({ node }) => node));
  const ready = names.size - notReady.size;
  return html`${counted(names.size, 'node')}, ${ready} ready`;
}

function row(node: NodeRow): Html {
  const { status, baseDirectory, fileSystem, pool, volumes, requestedBytes, trashBytes, orphans } = node;
  const kind = [pool === undefined ? undefined : `pool ${pool}`, fileSystem].filter((text) => text !== undefined);
  return html`
    <tr id="node-${node.node}/${pool}">
      <th scope="row">${node.node}</th>
      <td class="status ${status === 'Ready' ? 'good' : 'bad'}">${status}</td>
      <td>${baseDirectory === undefined ? unknown : html`<span class="path">${baseDirectory}</span>`}<small>${kind.join(', ')}</small></td>
      <td>${disk(node)}</td>
      <td class="number">${count(volumes)}</td>
      <td class="number">${bytes(requestedBytes)}${promise(node)}</td>
      <td class="number">${bytes(trashBytes)}</td>
      <td class="number">${count(orphans)}</td>
    </tr>`;
}

/** What is used of the disk, by whomever, and how much of that is trash. */
function disk({ sizeBytes, freeBytes, trashBytes = 0 }: NodeRow): Part {
  if (sizeBytes === undefined || freeBytes === undefined || sizeBytes === 0) return unknown;
  const percent = (part: number): number => (100 * part) / sizeBytes;
  return html`
    ${bar(percent(sizeBytes - freeBytes - trashBytes), percent(trashBytes))}
    <small>${bytes(freeBytes)} free of ${bytes(sizeBytes)}</small>`;
}

/** Volumes may be promised more than the disk has. */
function promise({ requestedBytes, sizeBytes }: NodeRow): Part {
  if (requestedBytes === undefined || !sizeBytes) return undefined;
  const percent = Math.round((100 * requestedBytes) / sizeBytes);
  return html`<small class="${levelOf(percent) === 'over' ? 'high' : 'fine'}">${percent}% of the disk</small>`;
}
