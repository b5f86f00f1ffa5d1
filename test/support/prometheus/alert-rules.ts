import { readArguments } from '../../../src/plugin/command-line/read-arguments.ts';
import { readExpression, type Series } from './expression.ts';
import type { Alert } from './rule-files.ts';

/** What keeps an alert from firing, or the person who receives it from knowing what to do, in a line each. */
export function alertViolations({ alert, expr, for: duration, labels, annotations }: Alert, series: Series): string[] {
  const read = readExpression(expr, series);
  const texts = [annotations.summary, annotations.description];
  const used = texts.flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label));
  return [
    ...read.problems,
    ...(/^Hostpath[A-Z][A-Za-z]+$/.test(alert) ? [] : ['has a name that does not begin with Hostpath']),
    ...(/^\d+[mh]$/.test(duration) ? [] : ['has no "for"']),
    ...(['critical', 'warning', 'info'].includes(labels.severity) ? [] : [`has the severity ${labels.severity}`]),
    ...used.filter((label) => !read.labels.has(label)).map((label) => `tells the label ${label}, which it has not`),
    ...(read.labels.has('node') || read.labels.has('daemonset') ? [] : ['does not tell the node']),
    ...(annotations.description.includes('kubectl ') ? [] : ['names no command that comes next']),
    ...pluginProblems(annotations.description),
    ...(annotations.runbook === `docs/monitoring.md#${alert.toLowerCase()}`
      ? []
      : ['has another runbook than its own']),
  ].map((problem) => `${alert} (${labels.severity}): ${problem}`);
}

/** What the plugin would say of the commands for it that a text names, in a line each. Such a command ends with its sentence. */
function pluginProblems(text: string): string[] {
  const filledIn = text.replaceAll(/\{\{.*?\}\}/g, 'filled-in');
  const commands = [...filledIn.matchAll(/kubectl hostpath-provisioner ([^.]+)\./g)].map(([, words = '']) =>
    words.split(' '),
  );
  return commands.flatMap((words) => {
    const read = readArguments(words);
    return 'problems' in read ? read.problems : [];
  });
}
