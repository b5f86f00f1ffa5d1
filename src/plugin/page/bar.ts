import { type Html, html } from './html.ts';

/** From how many percent on a bar warns: a disk or a volume is nearly full. */
const warningPercent = 85;

/**
 * A bar of one or two parts, as a picture: the text beside it says the same. It is SVG, because the page's Content-Security-Policy allows
 * no `style` attribute.
 * @param used percent of the whole; over 100 is drawn as 100
 * @param trash percent of the whole that follows
 */
export function bar(used: number, trash = 0): Html {
  const full = within(used, 100);
  const more = within(trash, 100 - full);
  return html`
    <svg class="bar ${levelOf(used + trash)}" aria-hidden="true">
      <rect width="${full}%" height="100%"/>
      ${more > 0 ? html`<rect class="trash" x="${full}%" width="${more}%" height="100%"/>` : undefined}
    </svg>`;
}

/** How bad it is that so many percent of something are used. */
export function levelOf(percent: number): 'fine' | 'high' | 'over' {
  if (percent > 100) return 'over';
  return percent >= warningPercent ? 'high' : 'fine';
}

const within = (percent: number, most: number): number => Number(Math.min(Math.max(percent, 0), most).toFixed(1));
