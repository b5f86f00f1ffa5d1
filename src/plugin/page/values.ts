import { shownBytes } from '../../model/quantity.ts';
import { type Html, html, type Part } from './html.ts';

/** What the page shows in place of a value that could not be read. */
export const unknown = html`<span class="unknown">unknown</span>`;

/** A value, or that it is unknown. */
export const known = (value: Part): Part => value ?? unknown;

/** A size, such as `12.4 GiB`. The size of nothing is `0`. */
export const bytes = (value: number | undefined): Part => (value ? shownBytes(value) : known(value));

const wholeNumbers = new Intl.NumberFormat('en');

/** A number of things, such as `10,000`. */
export const count = (value: number | undefined): Part =>
  known(value === undefined ? undefined : wholeNumbers.format(value));

/** `1 volume`, or `2 volumes`. */
export const counted = (number: number, one: string, several = `${one}s`): string =>
  `${wholeNumbers.format(number)} ${number === 1 ? one : several}`;

const units: [unit: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
];

/** How long something lasts, in its largest unit, such as `14 h`. */
export function duration(seconds: number): string {
  const [unit, size] = units.find(([, each]) => seconds >= each) ?? ['s', 1];
  return `${Math.floor(Math.max(0, seconds) / size)} ${unit}`;
}

/** A moment as its distance from another one. The moment itself is the tooltip. @param time RFC 3339, UTC */
export function distance(time: string | undefined, fromMs: number, words: (length: string) => string): Part {
  if (time === undefined) return unknown;
  const seconds = Math.abs(Date.parse(time) - fromMs) / 1_000;
  if (Number.isNaN(seconds)) return time;
  return html`<time datetime="${time}" title="${time}">${words(duration(seconds))}</time>`;
}

/** The time of day of this machine, which is the user's. */
export const timeOfDay = (atMs: number): Html =>
  html`<time datetime="${new Date(atMs).toISOString()}">${new Date(atMs).toLocaleTimeString('en-GB')}</time>`;
