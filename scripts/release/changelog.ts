/** The kinds that Artifact Hub knows, by the headings of Keep a Changelog. */
const kinds = {
  Added: 'added',
  Changed: 'changed',
  Deprecated: 'deprecated',
  Removed: 'removed',
  Fixed: 'fixed',
  Security: 'security',
} as const;

/** A line of a changelog, in the form of Artifact Hub's annotation `artifacthub.io/changes`. */
export interface Change {
  kind: (typeof kinds)[keyof typeof kinds];
  description: string;
}

/** The versions of a changelog, newest first; `Unreleased` is one of them. */
export const versionsIn = (changelog: string): string[] =>
  [...changelog.matchAll(/^## \[([^\]]+)\]/gm)].map(([, version = '']) => version);

/**
 * What a changelog says of a version, without its heading: the notes of that release.
 * @throws {Error} if it has no such section, or the section is empty
 */
export function sectionOf(changelog: string, version: string): string {
  const section = changelog.split(/^## /m).find((text) => text.startsWith(`[${version}]`));
  if (section === undefined) {
    throw new Error(`CHANGELOG.md has no section [${version}], only ${versionsIn(changelog).join(', ')}: add it`);
  }
  const text = section.slice(section.indexOf('\n')).trim();
  if (text === '') throw new Error(`the section [${version}] of CHANGELOG.md is empty: say what changed`);
  return `${text}\n`;
}

/** @throws {Error} for a heading that Keep a Changelog does not have */
export function changesIn(section: string): Change[] {
  return section
    .split(/^### /m)
    .slice(1)
    .flatMap((part) => {
      const [heading = '', ...lines] = part.split('\n');
      if (!Object.hasOwn(kinds, heading)) {
        throw new Error(`CHANGELOG.md has the heading "${heading}": use one of ${Object.keys(kinds).join(', ')}`);
      }
      const kind = kinds[heading as keyof typeof kinds];
      return itemsIn(lines).map((description) => ({ kind, description }));
    });
}

/** The items of a list, each on one line. */
function itemsIn(lines: readonly string[]): string[] {
  return lines
    .join('\n')
    .split(/^- /m)
    .slice(1)
    .map((item) => item.trim().replaceAll(/\s+/g, ' '));
}
