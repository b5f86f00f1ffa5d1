import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'authority');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

export interface Identity {
  /** In PEM, with the certificates that it shows besides its own. */
  certificate: string;
  key: string;
}

const identity = (name: string): Identity => ({ certificate: read(`${name}.crt`), key: read(`${name}.key`) });

/** What authority/README.md tells of. */
export const authority = {
  rootPath: join(folder, 'root.crt'),
  root: read('root.crt'),
  intermediate: read('intermediate.crt'),
  server: identity('server'),
  clients: { rsa: identity('rsa'), ec: identity('ec'), ed25519: identity('ed25519') },
};
