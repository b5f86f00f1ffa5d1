import { escaped, svgOf } from './svg.ts';

export interface Step {
  name: string;
  /** Lines below the name, of at most 24 characters. */
  says: readonly string[];
  /** Where it is: an object of Kubernetes, or something on the node. */
  lies: 'cluster' | 'node';
}

/** Steps from left to right. */
export interface Lane {
  name: string;
  steps: readonly Step[];
  /** A way from a step of this lane back to the step above it. */
  back?: { from: number; says: string };
}

const margin = 20;
const box = { width: 172, height: 84 };
const gap = 28;
const laneHeight = 176;
const legendHeight = 34;
const titleHeight = 26;

const leftOf = (step: number): number => margin + step * (box.width + gap);
const topOf = (lane: number): number => margin + lane * laneHeight + titleHeight;

/** Lanes of steps below each other, with a legend. */
export function lanesPicture(title: string, lanes: readonly Lane[]): string {
  const columns = Math.max(...lanes.map(({ steps }) => steps.length));
  const width = leftOf(columns - 1) + box.width + margin;
  const height = topOf(lanes.length - 1) + box.height + legendHeight + margin;
  return svgOf({
    title,
    description: lanes.map(described).join(' '),
    width,
    height,
    style: `.ground { fill: var(--ground) }
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--quiet) }
.name { font-size: 15px; font-weight: bold; fill: var(--text) }
.lane { font-size: 14px; fill: var(--text) }
.box { fill: none; stroke-width: 2 }
.cluster { stroke: var(--accent) }
.node { stroke: var(--disk); stroke-dasharray: 6 3 }
.arrow { fill: none; stroke: var(--quiet); stroke-width: 1.5; marker-end: url(#head) }
.head { fill: var(--quiet) }`,
    body: [
      '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
      `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
      ...lanes.flatMap(drawnLane),
      ...legend(height - margin),
    ].join('\n'),
  });
}

function described({ name, steps, back }: Lane): string {
  const way = steps.map((step) => `${step.name}: ${step.says.join(' ')}`).join('; then ');
  const return_ = back === undefined ? '' : ` From ${steps[back.from]?.name}, a way leads back: ${back.says}.`;
  return `${name}. ${way}.${return_}`;
}

function drawnLane({ name, steps, back }: Lane, lane: number): string[] {
  const top = topOf(lane);
  const middle = top + box.height / 2;
  return [
    `<text class="lane" x="${margin}" y="${top - 10}">${escaped(name)}</text>`,
    ...steps.flatMap((step, at) => drawnStep(step, leftOf(at), top)),
    ...steps.slice(1).map((_, at) => {
      const start = leftOf(at) + box.width + 4;
      return `<path class="arrow" d="M${start} ${middle}H${leftOf(at + 1) - 4}"/>`;
    }),
    ...(back === undefined ? [] : drawnWayBack(back, top)),
  ];
}

function drawnStep({ name, says, lies }: Step, left: number, top: number): string[] {
  const centre = left + box.width / 2;
  const text = (line: string, y: number, attributes = '') =>
    `<text${attributes} x="${centre}" y="${y}" text-anchor="middle">${escaped(line)}</text>`;
  return [
    `<rect class="box ${lies}" x="${left}" y="${top}" width="${box.width}" height="${box.height}" rx="8"/>`,
    text(name, top + 27, ' class="name"'),
    ...says.map((line, at) => text(line, top + 49 + at * 19)),
  ];
}

function drawnWayBack({ from, says }: { from: number; says: string }, top: number): string[] {
  const x = leftOf(from) + box.width / 2;
  const end = top - laneHeight + box.height + 4;
  return [
    `<path class="arrow" d="M${x} ${top - 4}V${end}"/>`,
    `<text x="${x + 10}" y="${(top + end) / 2 + 4}">${escaped(says)}</text>`,
  ];
}

function legend(bottom: number): string[] {
  const entries = [
    { lies: 'cluster', says: 'an object of Kubernetes', x: margin },
    { lies: 'node', says: 'on the node', x: margin + 230 },
  ];
  return entries.flatMap(({ lies, says, x }) => [
    `<rect class="box ${lies}" x="${x}" y="${bottom - 12}" width="26" height="14" rx="4"/>`,
    `<text x="${x + 36}" y="${bottom}">${says}</text>`,
  ]);
}
