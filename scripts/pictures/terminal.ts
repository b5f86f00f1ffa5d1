import type { Typed } from '../../test/support/documents.ts';
import { escaped, svgOf } from './svg.ts';

const margin = 20;
const barHeight = 34;
const lineHeight = 20;
/** Of one character at 14 px, in the fonts that are named below. */
const characterWidth = 8.45;

/** A terminal in which these commands were typed, with what each printed. */
export function terminalPicture(title: string, session: readonly Typed[]): string {
  const lines = session.flatMap(({ command, output }, at) => [
    ...(at > 0 ? [''] : []),
    `<tspan class="prompt">$ </tspan><tspan class="command">${escaped(command)}</tspan>`,
    ...(output ?? '').trimEnd().split('\n').map(escaped),
  ]);
  const longest = Math.max(
    ...session
      .flatMap(({ command, output }) => [`$ ${command}`, ...(output ?? '').split('\n')])
      .map((line) => line.length),
  );
  const width = Math.ceil(longest * characterWidth) + 2 * margin;
  const height = barHeight + lines.length * lineHeight + margin;
  const rows = lines.map((line, at) =>
    line === ''
      ? ''
      : `<text x="${margin}" y="${barHeight + (at + 1) * lineHeight}" xml:space="preserve">${line}</text>`,
  );
  return svgOf({
    title,
    description: session.map(({ command, output }) => `Typed: ${command}. Printed:\n${output ?? ''}`).join('\n'),
    width,
    height,
    style: `.window { fill: var(--ground); stroke: var(--line) }
.button { fill: var(--line) }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: var(--text) }
.prompt { fill: var(--accent) }
.command { font-weight: bold }`,
    body: [
      `<rect class="window" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
      ...[0, 1, 2].map((at) => `<circle class="button" cx="${margin + 6 + at * 20}" cy="${barHeight / 2}" r="6"/>`),
      ...rows.filter((row) => row !== ''),
    ].join('\n'),
  });
}
