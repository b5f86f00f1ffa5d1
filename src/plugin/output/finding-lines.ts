import type { Finding } from '../doctor/finding.ts';
import { printable } from './printable.ts';
import { painted, type Tone } from './table.ts';

/** Of subjects and commands, in characters. */
const indent = 8;

/** Longer subjects, such as those of claims, push their own text to the right and not that of all lines. */
const widest = 32;

const tones: Record<Finding['level'], Tone> = { OK: 'good', WARN: 'warning', FAIL: 'bad' };

/** The lines that `doctor` prints: one for each finding, and below it the command that mends it. */
export function findingLines(findings: readonly Finding[], { colour }: { colour: boolean }): string[] {
  const subjects = findings.map(({ subject }) => printable(subject));
  const width = Math.max(0, ...subjects.map(({ length }) => Math.min(length, widest)));
  return findings.flatMap(({ level, text, command }, index) => {
    const mark = `[${level}]`;
    const shownMark = `${colour ? painted(mark, tones[level]) : mark}${' '.repeat(indent - mark.length)}`;
    const line = `${shownMark}${(subjects[index] ?? '').padEnd(width)}   ${printable(text)}`;
    return command === undefined ? [line] : [line, `${' '.repeat(indent)}${printable(command)}`];
  });
}
