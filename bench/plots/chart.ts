import type { Extent, Scale } from './scale.ts';
import { element, escaped, textElement } from './svg.ts';

const width = 760;
const height = 420;
const margin = { left: 76, right: 24, top: 52, bottom: 60 };
const legendRowHeight = 18;

/** Where values are drawn: from left to right, and from the bottom up. */
export const across: Extent = [margin.left, width - margin.right];
export const upwards: Extent = [height - margin.bottom, margin.top];

export interface Axis {
  /** With the unit. */
  label: string;
  scale: Scale;
}

export interface Chart {
  title: string;
  /** Without one, what stands below is drawn with the marks. */
  x: Axis | undefined;
  y: Axis;
  /** Names of the series, in the order of their colours. */
  legend: readonly string[];
  /** What is drawn between the axes. */
  marks: readonly string[];
}

/** Class of the marks of a series; there are six colours. */
export const seriesClass = (index: number): string => `series-${index % 6}`;

/** A whole drawing. It follows the reader's choice of a light or a dark page. */
export function drawChart({ title, x, y, legend, marks }: Chart): string {
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, role: 'img' };
  const children = [
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    element('rect', { width, height, class: 'page' }),
    textElement(title, { x: margin.left, y: 28, class: 'title' }),
    ...(x === undefined ? [] : xAxis(x)),
    ...yAxis(y),
    ...marks,
    ...legend.flatMap(legendEntry),
  ];
  return `${element('svg', attributes, children)}\n`;
}

export function tickText(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 3 });
}

function xAxis({ label, scale }: Axis): string[] {
  const [bottom, top] = upwards;
  return [
    ...scale.ticks.flatMap((tick) => [
      element('line', { x1: scale.at(tick), x2: scale.at(tick), y1: bottom, y2: top, class: 'grid' }),
      textElement(tickText(tick), { x: scale.at(tick), y: bottom + 18, 'text-anchor': 'middle' }),
    ]),
    textElement(label, { x: (across[0] + across[1]) / 2, y: bottom + 42, 'text-anchor': 'middle' }),
  ];
}

function yAxis({ label, scale }: Axis): string[] {
  const [left, right] = across;
  const middle = (upwards[0] + upwards[1]) / 2;
  return [
    ...scale.ticks.flatMap((tick) => [
      element('line', { x1: left, x2: right, y1: scale.at(tick), y2: scale.at(tick), class: 'grid' }),
      textElement(tickText(tick), { x: left - 8, y: scale.at(tick) + 4, 'text-anchor': 'end' }),
    ]),
    textElement(label, { x: 18, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 18 ${middle})` }),
  ];
}

function legendEntry(name: string, index: number): string[] {
  const y = margin.top + 14 + index * legendRowHeight;
  const x = across[0] + 14;
  return [
    element('line', { x1: x, x2: x + 22, y1: y - 4, y2: y - 4, class: `line ${seriesClass(index)}` }),
    textElement(name, { x: x + 30, y, class: 'legend' }),
  ];
}

/** Colours after Okabe and Ito, which the colour-blind tell apart; lines differ in their dashes, too. */
const style = `
text{font:13px system-ui,sans-serif;fill:#222}
.title{font-size:16px;font-weight:600}
.page{fill:#fff}
.grid{stroke:#ddd}
.line{fill:none;stroke-width:2;stroke:var(--c)}
.bar{fill:var(--c)}
.spread{stroke:#222;stroke-width:1.5}
.legend{paint-order:stroke;stroke:#fff;stroke-width:4px}
.series-0{--c:#0072b2}
.series-1{--c:#d55e00;stroke-dasharray:7 3}
.series-2{--c:#009e73;stroke-dasharray:2 3}
.series-3{--c:#cc79a7;stroke-dasharray:9 3 2 3}
.series-4{--c:#a67c00;stroke-dasharray:12 4}
.series-5{--c:#777;stroke-dasharray:4 4}
@media (prefers-color-scheme:dark){
text{fill:#ddd}
.page{fill:#0d1117}
.grid{stroke:#30363d}
.spread{stroke:#ddd}
.legend{stroke:#0d1117}
.series-0{--c:#56b4e9}
.series-1{--c:#ff8c42}
.series-2{--c:#2fd09b}
.series-3{--c:#e59fc6}
.series-4{--c:#f0e442}
.series-5{--c:#aaa}
}
`.replaceAll('\n', '');
