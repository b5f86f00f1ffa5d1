/** Colours on a light and on a dark ground, by the names that the pictures use. */
const colours = {
  ground: ['#ffffff', '#0d1117'],
  line: ['#d0d7de', '#30363d'],
  text: ['#1f2328', '#e6edf3'],
  quiet: ['#59636e', '#9198a1'],
  accent: ['#0969da', '#4493f8'],
  disk: ['#9a6700', '#d29922'],
} as const;

export type Colour = keyof typeof colours;

export interface Picture {
  /** Both are read out by a screen reader in place of the picture. */
  title: string;
  description: string;
  width: number;
  height: number;
  /** Rules of the picture's own; each colour is a variable, such as `var(--text)`. */
  style: string;
  body: string;
}

const variables = (at: 0 | 1): string =>
  Object.entries(colours)
    .map(([name, values]) => `--${name}: ${values[at]}`)
    .join('; ');

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A picture as a file, light or dark as the reader's system is. */
export const svgOf = ({ title, description, width, height, style, body }: Picture): string => `\
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>
svg { ${variables(0)} }
@media (prefers-color-scheme: dark) { svg { ${variables(1)} } }
${style}
</style>
${body}
</svg>
`;
