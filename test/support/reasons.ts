import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const word = "'([A-Z][A-Za-z]+)'";

const filesIn = (folder: string): string[] =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);

/** The files that have reasons, as paths in the repository. */
export const filesWithReasons = ['volume', 'trash', 'disk', 'model', 'kube'].flatMap((folder) =>
  filesIn(`src/${folder}`),
);

/** Every capitalised word in quotes of a file. */
export const wordsIn = (file: string): string[] =>
  [...read(file).matchAll(new RegExp(word, 'g'))].map(([, found = '']) => found);

/** Members of a union of words, such as `type StorageReason = 'NoSpace' | …`. */
export function union(file: string, name: string): string[] {
  const [, members = ''] = new RegExp(`type ${name} =([^;]+);`).exec(read(file)) ?? [];
  return [...members.matchAll(new RegExp(word, 'g'))].map(([, member = '']) => member);
}

/** Reasons as the sources write them: as a field, or as the first argument of what makes a decision or an error. */
function written(files: string[]): string[] {
  const field = `reason(?::| =) (?:[^'\\n]*\\? )?${word}(?: : ${word})?`;
  const argument = `(?:refuse|takeBack|ActError|StorageError)\\(\\s*${word}`;
  const pattern = new RegExp(`${field}|${argument}`, 'g');
  return files.flatMap((file) =>
    [...read(file).matchAll(pattern)].flatMap((match) => match.slice(1).filter((found) => found !== undefined)),
  );
}

/** Each reason that log, metrics and Events can have, in order. */
export function reasonsInSources(): string[] {
  const apiServerReasons = union('src/kube/calls/kube-api.ts', 'ApiErrorReason').map((reason) =>
    reason === 'Unknown' ? 'ApiServerUnreachable' : `ApiServer${reason}`,
  );
  const all = [
    ...written(filesWithReasons.filter((file) => !file.startsWith('src/kube/'))),
    ...written(['src/flow/failure.ts']),
    ...union('src/disk/port.ts', 'StorageReason'),
    ...union('src/model/whose.ts', 'KeptReason'),
    ...union('src/model/volume.ts', 'StayReason'),
    ...union('src/trash/decide.ts', 'WaitReason'),
    ...apiServerReasons,
  ];
  return [...new Set(all)].sort();
}
