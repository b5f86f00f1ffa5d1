import { readFileSync } from 'node:fs';

/** What `readAssets` returns, as JSON; not defined if the sources run directly. */
declare const PAGE_ASSETS: string | undefined;

const types: Record<string, string> = {
  'page.js': 'text/javascript',
  'changes.js': 'text/javascript',
  'volumes.js': 'text/javascript',
  'page.css': 'text/css',
  'icon.svg': 'image/svg+xml',
};

export interface Asset {
  type: string;
  text: string;
}

/** What the page loads, by name. The bundle has it in itself. */
export function pageAssets(): Map<string, Asset> {
  const texts: Record<string, string> = typeof PAGE_ASSETS === 'string' ? JSON.parse(PAGE_ASSETS) : readAssets();
  return new Map(Object.entries(types).map(([name, type]) => [name, { type, text: texts[name] ?? '' }]));
}

/** The files of `browser/`, which are sent as they are. */
export function readAssets(): Record<string, string> {
  const read = (name: string) => readFileSync(new URL(`browser/${name}`, import.meta.url), 'utf8');
  return Object.fromEntries(Object.keys(types).map((name) => [name, read(name)]));
}
