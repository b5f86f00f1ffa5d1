import { changeInto } from './changes.js';

/** As in table.ts. */
const rowsInPart = 100;

const collator = new Intl.Collator('en', { numeric: true });

/** The rows of the volumes: all are searched by the filter, and only those that match it are in the table. */
export class Volumes {
  /** @type {HTMLTableRowElement[]} */
  #rows;
  /** @type {HTMLTableRowElement[]} */
  #shown;
  /** What the filter searches of a row, once it was asked for. @type {WeakMap<HTMLTableRowElement, string>} */
  #texts = new WeakMap();
  /** @type {{ column: number, descending: boolean } | undefined} */
  #order;

  /** Begins with the table as it was loaded. */
  constructor() {
    this.#rows = takeRows(document, { leave: true });
    this.#shown = this.#rows;
    document.getElementById('filter')?.addEventListener('input', () => this.arrange());
    document.getElementById('volumes')?.addEventListener('click', (event) => this.#sort(event));
  }

  /** Takes the rows of a later reading. @param {HTMLTableRowElement[]} rows */
  update(rows) {
    const known = new Map(this.#rows.map((row) => [row.id, row]));
    this.#rows = rows.map((row) => this.#renewed(known.get(row.id), row));
  }

  /**
   * @param {HTMLTableRowElement | undefined} row
   * @param {HTMLTableRowElement} wanted
   */
  #renewed(row, wanted) {
    if (row === undefined) return wanted;
    if (row.isEqualNode(wanted)) return row;
    this.#texts.delete(row);
    changeInto(row, wanted);
    return row;
  }

  /** Puts the rows that match the filter into the table, in the order that was chosen. */
  arrange() {
    const words = filterWords();
    const matching = this.#rows.filter((row) => words.every((word) => this.#textOf(row).includes(word)));
    const shown = this.#order === undefined ? matching : sorted(matching, this.#order);
    const table = document.getElementById('volumes-table');
    this.#markOrder(table);
    if (table !== null && !this.#isShown(table, shown)) fill(table, shown);
    this.#shown = shown;
    const matches = document.getElementById('matches');
    const text = words.length === 0 ? '' : `${shown.length} of ${this.#rows.length} match`;
    if (matches !== null && matches.textContent !== text) matches.textContent = text;
  }

  /** @param {HTMLTableRowElement} row */
  #textOf(row) {
    const text = this.#texts.get(row) ?? (row.textContent ?? '').toLowerCase();
    this.#texts.set(row, text);
    return text;
  }

  /**
   * @param {HTMLElement} table
   * @param {HTMLTableRowElement[]} rows
   */
  #isShown(table, rows) {
    const same = rows.length === this.#shown.length && rows.every((row, index) => row === this.#shown[index]);
    return same && (rows.length === 0 || rows[0]?.closest('table') === table);
  }

  /** @param {Event} event */
  #sort({ target }) {
    const head = target instanceof Element ? target.closest('button.sort')?.closest('th') : undefined;
    if (!head) return;
    const column = head.cellIndex;
    // Who sorts numbers looks for the largest.
    const first = head.classList.contains('number');
    const descending = this.#order?.column === column ? !this.#order.descending : first;
    this.#order = { column, descending };
    this.arrange();
  }

  /** @param {HTMLElement | null} table */
  #markOrder(table) {
    for (const head of table?.querySelectorAll('th[scope=col]') ?? []) {
      if (!(head instanceof HTMLTableCellElement)) continue;
      if (head.cellIndex !== this.#order?.column) head.removeAttribute('aria-sort');
      else head.setAttribute('aria-sort', this.#order.descending ? 'descending' : 'ascending');
    }
  }
}

/**
 * The rows of the volumes of a page.
 * @param {Document} page
 * @param {{ leave: boolean }} options whether they stay there
 */
export function takeRows(page, { leave }) {
  const parts = [...page.querySelectorAll('#volumes-table > tbody')];
  const rows = parts.flatMap((part) => [...part.children]).filter((row) => row instanceof HTMLTableRowElement);
  if (!leave) for (const part of parts) part.remove();
  return rows;
}

function filterWords() {
  const input = document.getElementById('filter');
  const text = input instanceof HTMLInputElement ? input.value : '';
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

/**
 * @param {HTMLElement} table
 * @param {HTMLTableRowElement[]} rows
 */
function fill(table, rows) {
  for (const part of table.querySelectorAll('tbody')) part.remove();
  for (let start = 0; start < rows.length; start += rowsInPart) {
    const part = document.createElement('tbody');
    part.append(...rows.slice(start, start + rowsInPart));
    table.append(part);
  }
}

/**
 * Unknown values come last in either order.
 * @param {HTMLTableRowElement[]} rows
 * @param {{ column: number, descending: boolean }} order
 */
function sorted(rows, { column, descending }) {
  const keys = rows.map((row) => ({ row, value: sortKey(row.cells[column]) }));
  const sign = descending ? -1 : 1;
  keys.sort(({ value: one }, { value: other }) => {
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    return (
      sign *
      (typeof one === 'number' && typeof other === 'number' ? one - other : collator.compare(`${one}`, `${other}`))
    );
  });
  return keys.map(({ row }) => row);
}

/** @param {HTMLTableCellElement | undefined} cell */
function sortKey(cell) {
  const value = cell?.dataset.value;
  if (value !== undefined) return value === '' ? undefined : Number(value);
  return cell?.querySelector('.unknown') ? undefined : cell?.textContent || undefined;
}
