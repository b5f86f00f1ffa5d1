import { dirname, join, normalize } from 'node:path';

/** A source file of the daemon: its path below `src/`, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

interface Import {
  /** A package, a `node:` module, or a path below `src/`. */
  from: string;
  /** Not loaded before it is asked for. */
  late: boolean;
  /** Nothing but types, which is not there any more when the program runs. */
  ofTypes: boolean;
}

/** Whom each part may import from among the others, values and types apart: a type costs and does nothing. */
const mayImport: [part: RegExp, parts: RegExp][] = [
  [/^main\.ts$/, /^daemon\.ts$|^(config|commands)\/|^model\/start-error\.ts$|^report\/log\.ts$/],
  [/^commands\/command-line\.ts$/, /^(config|model)\//],
  [
    /^commands\//,
    /^(model|restore)\/|^commands\/(trash-table|node-directories)\.ts$|^kube\/calls\/|^kube\/connection\/connection\.ts$|^disk\/(port|file-system-storage)\.ts$/,
  ],
  [/^plugin\/main\.ts$/, /^plugin\/|^model\/start-error\.ts$/],
  [/^plugin\/(rows|doctor)\//, /^model\/|^plugin\/(overview\.ts$|rows\/|doctor\/|output\/human-duration\.ts$)/],
  [/^plugin\//, /^(model|plugin)\/|^kube\/(calls|connection)\/|^config\/read-options\.ts$/],
  [/^config\//, /^config\/|^model\/(duration|names|nearest-word|reserve)\.ts$/],
  [/^daemon\.ts$/, /./],
  [/^pool\.ts$/, /^(changes|report)\/|^disk\/(port|file-system-storage)\.ts$|^volume\/room\.ts$/],
  [/^controller\.ts$/, /^(changes|flow|model|trash|volume)\//],
  [
    /^changes\//,
    /^(model|changes)\/|^flow\/(backoff|change|failure)\.ts$|^kube\/calls\/kube-api\.ts$|^disk\/port\.ts$/,
  ],
  [
    /^volume\/((decide|decision|view)\.ts$|rules\/)/,
    /^model\/|^volume\/((decision|view)\.ts$|rules\/)|^disk\/port\.ts$/,
  ],
  [/^volume\//, /^(model|volume)\/|^flow\/outcome\.ts$|^kube\/calls\/kube-api\.ts$|^disk\/port\.ts$/],
  [/^(restore|trash)\/decide\.ts$/, /^model\/|^flow\/outcome\.ts$|^disk\/port\.ts$/],
  [/^trash\//, /^(model|trash)\/|^disk\/port\.ts$/],
  [/^restore\//, /^(model|restore)\/|^kube\/calls\/kube-api\.ts$|^disk\/port\.ts$/],
  [/^report\//, /^(model|report)\/|^volume\/view\.ts$|^disk\/port\.ts$/],
  [/^model\//, /^model\//],
  [/^flow\//, /^(model|flow)\/|^kube\/calls\/kube-api\.ts$|^disk\/port\.ts$/],
  [/^kube\//, /^(model|kube)\//],
  [/^disk\//, /^(model|disk)\/|^flow\/keyed-lock\.ts$/],
];

/** Of whom a part must not even know a type: what comes later in the way of a key, and the other flow. */
const mustNotKnow: [part: RegExp, parts: RegExp][] = [
  [/^flow\//, /^(?!flow\/|model\/|kube\/calls\/kube-api\.ts$|disk\/port\.ts$)/],
  [/^changes\//, /^(commands|config|restore|trash|volume)\/|^(controller|daemon|main)\.ts$/],
  [/^volume\//, /^(changes|commands|config|report|restore|trash)\/|^(controller|daemon|main)\.ts$/],
  [/^trash\//, /^(changes|commands|config|report|restore|volume)\/|^(controller|daemon|main)\.ts$/],
];

/** Who alone may use what the flows must not: the disk, the cluster, processes. Anything else is free. */
const reserved: [module: RegExp, users: RegExp][] = [
  [
    /^(node:)?fs(\/|$)|^fs-extra$|^graceful-fs$/,
    /^disk\/|^kube\/connection\/credential-files\.ts$|^plugin\/page\/assets\.ts$/,
  ],
  [/^undici$|^ws$|^@kubernetes\/client-node$/, /^kube\//],
  [
    /^(node:)?(http|https|http2|net|tls|dns|dgram)(\/|$)/,
    /^kube\/|^report\/http\.ts$|^config\/|^plugin\/page\/server\.ts$/,
  ],
  [/^(node:)?(child_process|cluster|vm|repl|inspector)(\/|$)/, /^kube\/connection\/credential-plugin\.ts$/],
  [/^(node:)?worker_threads$/, /^disk\//],
];

/** What `model` and the decisions may use of Node: what has no effects and needs no waiting. And the project's own version. */
const pureModules = /^node:(path|crypto|util)$|^\.\.\/package\.json$/;
const pureParts =
  /^model\/|\/decide\.ts$|^volume\/((decision|view)\.ts$|rules\/)|^disk\/base\/judge\.ts$|^flow\/(backoff|change)\.ts$/;

const processRules: [what: RegExp, users: RegExp][] = [
  [/\bprocess\.env\b|\benv\b.*\bfrom 'node:process'/, /^config\/|^(plugin\/)?main\.ts$/],
  [/\bprocess\.(exit|abort|reallyExit)\b/, /^(plugin\/)?main\.ts$/],
  [/\bprocess\.kill\b/, /^kube\/connection\/credential-plugin\.ts$/],
];

/** What `main` may load before it knows that it is to run: who only asks for help waits for nothing else. */
const quickToLoad = /^config\/|^commands\/command-line\.ts$|^model\/|^node:/;

/** Ways to remove more than one named thing at once. Volumes are erased by file descriptors (docs/decisions.md, Trash). */
const removesTrees = [
  /\brm(Sync)?\s*\(/,
  /\brm(Sync)?\b[^;]*\bfrom\s+'(node:)?fs/,
  /\b(remove|removeSync|emptyDir|emptyDirSync|emptydir|emptydirSync|move|moveSync)\b[^;]*\bfrom\s+'fs-extra'/,
  /\bfs\w*\s*\.\s*(promises\s*\.\s*)?(rm|rmSync|remove|removeSync|emptyDir|emptyDirSync)\b/,
  /\brimraf\b/,
  /\brm\s+-[a-zA-Z]*[rR]/,
  /\brm(dir|dirSync)\s*\([^)]*\brecursive\b/,
];

/** What a file does that the layout does not allow, in a line each. */
export function violations({ path, text }: SourceFile): string[] {
  const code = withoutComments(text);
  const all = importsOf(path, code);
  const imports = all.filter(({ ofTypes }) => !ofTypes);
  const outside = imports.filter(({ from }) => !from.endsWith('.ts'));
  const problems = [
    ...imports.filter(({ from }) => from.endsWith('.ts') && !allows(path, from)).map(({ from }) => `imports ${from}`),
    ...all
      .filter(
        ({ from }) => from.endsWith('.ts') && mustNotKnow.some(([part, parts]) => part.test(path) && parts.test(from)),
      )
      .map(({ from }) => `knows ${from}`),
    ...imports
      .filter(({ from, late }) => path === 'main.ts' && !late && !quickToLoad.test(from))
      .map(({ from }) => `loads ${from} too early`),
    ...outside
      .filter(({ from }) => reserved.some(([module, users]) => module.test(from) && !users.test(path)))
      .map(({ from }) => `uses ${from}`),
    ...outside
      .filter(({ from }) => pureParts.test(path) && !pureModules.test(from))
      .map(({ from }) => `is pure, but uses ${from}`),
    ...processRules
      .filter(([what, users]) => what.test(code) && !users.test(path))
      .map(([what]) => `uses ${what.exec(code)?.[0]}`),
    ...removesTrees.flatMap((way) => way.exec(code)?.[0] ?? []).map((found) => `removes a tree: ${found}`),
  ];
  return problems.map((problem) => `${path} ${problem}`);
}

function allows(path: string, from: string): boolean {
  const rule = mayImport.find(([part]) => part.test(path));
  return rule?.[1].test(from) ?? false;
}

/** Files that load each other, each circle in a line: none of them can be read, or tested, before the others. */
export function circles(files: readonly SourceFile[]): string[] {
  const loads = new Map(files.map(({ path, text }) => [path, loadedBy(path, text)]));
  const found: string[] = [];
  const finished = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' → '));
    else if (!finished.has(path)) for (const next of loads.get(path) ?? []) walk(next, [...way, path]);
    finished.add(path);
  };
  for (const path of loads.keys()) walk(path, []);
  return found;
}

const loadedBy = (path: string, text: string): string[] =>
  importsOf(path, withoutComments(text)).flatMap(({ from, ofTypes }) => (ofTypes ? [] : [from]));

/** Imports and re-exports, dynamic ones and `require` among them. */
function importsOf(path: string, code: string): Import[] {
  const statements = code.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm);
  const calls = code.matchAll(/\b(?:import|require|getBuiltinModule)\s*\(\s*['"`]([^'"`]+)['"`]/g);
  return [
    ...[...statements].map(([, type, clause = '', from = '']) => {
      const names = namesIn(clause);
      const ofTypes = type !== undefined || (names.length > 0 && names.every((name) => name.startsWith('type ')));
      return { from: absolute(path, from), late: false, ofTypes };
    }),
    ...[...calls].map(([, from = '']) => ({ from: absolute(path, from), late: true, ofTypes: false })),
  ];
}

const absolute = (path: string, from: string): string =>
  from.startsWith('.') ? normalize(join(dirname(path), from)) : from;

const namesIn = (clause: string): string[] =>
  clause
    .split(/[{},]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** Good enough for our own sources: no string in them holds what begins a comment but for addresses. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<!:)\/\/.*$/gm, '');
}
