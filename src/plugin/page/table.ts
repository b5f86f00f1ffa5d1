import { type Html, html } from './html.ts';

/** How many rows are in one `tbody`. The browser lays out only those that are near the window (`content-visibility` in page.css). */
const rowsInPart = 100;

export interface Column {
  name: string;
  /** Numbers are aligned to the right. */
  kind?: 'number';
}

export interface Table {
  /** Of its section. page.css has the widths of its columns for `<id>-table`. */
  id: string;
  caption: string;
  columns: readonly Column[];
  rows: readonly Html[];
  /** Whether scripts in the browser sort and filter its rows. */
  sortable?: boolean;
}

/** A table which is also quick with 10,000 rows. */
export function table({ id, caption, columns, rows, sortable = false }: Table): Html {
  const heads = columns.map((column) => head(column, sortable));
  const parts = Array.from({ length: Math.ceil(rows.length / rowsInPart) }, (_, index) =>
    rows.slice(index * rowsInPart, (index + 1) * rowsInPart),
  );
  return html`
    <div class="scrolled" role="group" aria-labelledby="${id}-caption" tabindex="0">
      <table id="${id}-table" ${sortable ? 'data-kept' : undefined}>
        <caption id="${id}-caption">${caption}</caption>
        <thead><tr>${heads}</tr></thead>
        ${parts.map((part) => html`<tbody>${part}</tbody>`)}
      </table>
    </div>`;
}

function head({ name, kind }: Column, sortable: boolean): Html {
  return html`<th scope="col" class="${kind ?? 'text'}">${sortable ? html`<button type="button" class="sort">${name}</button>` : name}</th>`;
}
