import { commandBlocks, partsOf } from './readme.ts';

export interface Runners {
  /** The source of each test, by its path. */
  tests: Record<string, string>;
  /** The text of `.ci/run`. */
  ci: string;
  /** Commands that nothing can run here, with the reason. */
  notRun: Record<string, string>;
}

const literal = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/;

/** Commands of a README that nothing runs, and runs of what it does not have, in a line each. */
export function readmeViolations(readme: string, { tests, ci, notRun }: Runners): string[] {
  const blocks = commandBlocks(readme);
  const typedBlocks = callsOf('readmeBlock', tests);
  const typedCommands = callsOf('readmeCommand', tests);
  const inCi = new Set(
    [...ci.matchAll(/(?:section|suite|beside) '[^']+' (?:- )?\d+ (?:\.ci\/without-root )?([^;&\n]+)/g)].map(
      ([, run = '']) => run.trim(),
    ),
  );

  const firsts = new Set(blocks.map(([first]) => first?.command ?? ''));
  const all = new Set(blocks.flat().flatMap(({ command }) => [command, ...partsOf(command)]));
  const isRun = (command: string): boolean =>
    inCi.has(command) || typedCommands.has(command) || (typedBlocks.has(command) && firsts.has(command));
  const isAccounted = (command: string): boolean => isRun(command) || command in notRun;
  const untyped = blocks.filter(([first]) => !typedBlocks.has(first?.command ?? '')).flat();
  return [
    ...untyped
      .filter(({ command }) => !isAccounted(command) && !partsOf(command).every(isAccounted))
      .map(({ command }) => `nothing runs: ${command}`),
    ...without(typedBlocks, firsts).map(([first, path]) => `${path} types a block that is not there: ${first}`),
    ...without(typedCommands, all).map(([command, path]) => `${path} types what is not there: ${command}`),
    ...Object.keys(notRun).flatMap((command) => {
      if (!all.has(command)) return [`is not there: ${command}`];
      return isRun(command) ? [`can be run after all: ${command}`] : [];
    }),
  ];
}

const without = (calls: Map<string, string>, there: Set<string>) => [...calls].filter(([name]) => !there.has(name));

/** What tests call one of the functions of readme.ts with, and the path of such a test. */
function callsOf(name: 'readmeBlock' | 'readmeCommand', tests: Record<string, string>): Map<string, string> {
  const call = new RegExp(`\\b${name}\\(\\s*(?:${literal.source})`, 'g');
  return new Map(
    Object.entries(tests)
      .filter(([, source]) => source.includes('/readme.ts'))
      .flatMap(([path, source]) =>
        [...source.matchAll(call)].map(([, single, double, template]) => [
          (single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1'),
          path,
        ]),
      ),
  );
}
