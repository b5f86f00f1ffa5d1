/**
 * `npm run stable-names`: adds the names that are new in the code to docs/stable-names.json. It removes none: a name that users rely on
 * goes only as docs/stability.md says.
 */
import { writeFileSync } from 'node:fs';
import { missingNames, namesInCode, stableNamesPath, writtenDown } from './stable-names.ts';

const [written, inCode] = [writtenDown(), await namesInCode()];
const gone = missingNames(written, inCode);
if (gone.length > 0) {
  console.error(`the code no longer has\n  ${gone.join('\n  ')}\ndocs/stability.md says when a stable name may go`);
  process.exitCode = 1;
}
const groups = Object.entries(inCode).map(([group, names]) => [
  group,
  [...new Set([...(written[group] ?? []), ...names])].sort(),
]);
writeFileSync(stableNamesPath, `${JSON.stringify(Object.fromEntries(groups), null, 2)}\n`);
for (const name of missingNames(inCode, written)) console.log(`added ${name}`);
