import { dirname, join, normalize } from 'node:path';
import { headingsOf } from './documents.ts';

/** Files of the project, by their paths in it. */
export interface Files {
  exists(path: string): boolean;
  read(path: string): string;
}

/** Links and pictures of a page to files or headings that are not there, in a line each. Links to other places are not followed. */
export function brokenLinks(page: string, files: Files): string[] {
  const found = files.read(page).matchAll(/\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"/g);
  const links = [...found].map(([, link, source]) => link ?? source ?? '');
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .flatMap((link) => {
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? page : normalize(join(dirname(page), file));
      if (!files.exists(path)) return [`${page}: no file ${path}`];
      if (anchor === undefined || !path.endsWith('.md')) return [];
      return headingsOf(files.read(path)).map(anchorOf).includes(anchor)
        ? []
        : [`${page}: no heading ${path}#${anchor}`];
    });
}

/** As GitHub makes it of a heading, which stands once on its page. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
