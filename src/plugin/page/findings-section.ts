import type { Finding } from '../doctor/finding.ts';
import { type Html, html } from './html.ts';
import { copyable, section } from './section.ts';
import { counted } from './values.ts';

/** How many findings are shown at once: more would push what they are about off the window. */
const shownAtOnce = 8;

const levelNames: Record<Finding['level'], string> = { FAIL: 'Failure', WARN: 'Warning', OK: 'Fine' };

/** What is wrong, the worst first, and then what was found to be fine. */
export function findingsSection(findings: readonly Finding[]): Html {
  const wrong = [...ofLevel(findings, 'FAIL'), ...ofLevel(findings, 'WARN')];
  const fine = ofLevel(findings, 'OK');
  const [shown, folded] = [wrong.slice(0, shownAtOnce), wrong.slice(shownAtOnce)];
  return section({
    id: 'findings',
    heading: headline(findings),
    content: [
      list(shown),
      folded.length > 0 ? details('more-findings', `${folded.length} more`, folded) : undefined,
      fine.length > 0
        ? details('fine-findings', `${counted(fine.length, 'check')} found nothing wrong`, fine)
        : undefined,
    ],
  });
}

/** What is wrong, in one line. */
export function headline(findings: readonly Finding[]): string {
  const counts = [
    [ofLevel(findings, 'FAIL').length, 'failure'] as const,
    [ofLevel(findings, 'WARN').length, 'warning'] as const,
  ].filter(([number]) => number > 0);
  return counts.length === 0
    ? 'Nothing wrong found'
    : counts.map(([number, name]) => counted(number, name)).join(' and ');
}

const ofLevel = (findings: readonly Finding[], level: Finding['level']): Finding[] =>
  findings.filter((finding) => finding.level === level);

const details = (id: string, summary: string, findings: readonly Finding[]): Html =>
  html`<details id="${id}"><summary>${summary}</summary>${list(findings)}</details>`;

const list = (findings: readonly Finding[]): Html | undefined =>
  findings.length === 0 ? undefined : html`<ul class="findings">${findings.map(item)}</ul>`;

function item({ level, check, subject, text, command }: Finding): Html {
  const name = levelNames[level];
  return html`
    <li class="${level.toLowerCase()}">
      <p class="level">${name}</p>
      <p><strong>${subject}</strong> ${text}</p>
      ${command && copyable(idOf(check, subject, command), command, `helps with ${subject} (${name.toLowerCase()} ${check})`)}
    </li>`;
}

/** The same at each refresh, and without spaces. */
const idOf = (...parts: string[]): string => `copy-${parts.map(encodeURIComponent).join('/')}`;
