import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { invalid } from '../objects/field-error.ts';
import { parseJson } from '../objects/json.ts';
import type { Json } from '../objects/object.ts';
import { timestamp } from '../objects/object.ts';
import { serviceAccounts } from '../objects/resources.ts';
import { badRequest, notFound, refuseInvalid, unauthorized } from '../status-error.ts';
import type { Store } from '../store/store.ts';

export interface User {
  name: string;
  groups: readonly string[];
}

const issuer = 'https://kubernetes.default.svc';
const shortestSeconds = 600;

/** Tells who sends a request by its bearer token. */
export class Authentication {
  /** The token of a user who may do anything. */
  readonly adminToken = randomBytes(24).toString('base64url');
  readonly #signingKey = randomBytes(32);
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  authenticate(authorization: string | undefined): User {
    if (authorization === undefined) return { name: 'system:anonymous', groups: ['system:unauthenticated'] };
    const token = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? '';
    if (token === this.adminToken) return { name: 'admin', groups: ['system:masters', 'system:authenticated'] };
    const user = this.#serviceAccountOf(token);
    if (user === undefined) throw unauthorized();
    return user;
  }

  /** The subresource `token` of a service account: answers with a TokenRequest that holds a new token. */
  requestToken(namespace: string, name: string, text: string): Json {
    const account = this.#store.get(serviceAccounts, `${namespace}/${name}`)?.object;
    if (account === undefined) throw notFound(serviceAccounts, name);
    const { audiences = [issuer], expirationSeconds = 3600 } = readSpec(text);
    const now = Math.floor(Date.now() / 1000);
    const token = this.#sign({
      aud: audiences,
      exp: now + expirationSeconds,
      iat: now,
      iss: issuer,
      jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: { name, uid: account.metadata.uid } },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: timestamp() },
      spec: { audiences, expirationSeconds, boundObjectRef: null },
      status: { token, expirationTimestamp: timestamp((now + expirationSeconds) * 1000) },
    };
  }

  #sign(claims: Json): string {
    const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${body}.${this.#signature(body).toString('base64url')}`;
  }

  #signature(body: string): Buffer {
    return createHmac('sha256', this.#signingKey).update(body).digest();
  }

  /** A token ends with its time, with its account, and with a new account of the same name. */
  #serviceAccountOf(token: string): User | undefined {
    const [head, body, signature] = token.split('.');
    if (head === undefined || body === undefined || signature === undefined) return undefined;
    const expected = this.#signature(`${head}.${body}`);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    if (claims.exp <= Date.now() / 1000 || !claims.aud.includes(issuer)) return undefined;
    const { namespace, serviceaccount } = claims['kubernetes.io'];
    const account = this.#store.get(serviceAccounts, `${namespace}/${serviceaccount.name}`)?.object;
    if (account?.metadata.uid !== serviceaccount.uid) return undefined;
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    return { name: claims.sub, groups };
  }
}

const encode = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url');

function readSpec(text: string): { audiences?: string[]; expirationSeconds?: number } {
  const body = parseJson(text, (problem) => badRequest(`cannot read the TokenRequest: ${problem}`));
  const spec = body.spec ?? {};
  if (spec.expirationSeconds < shortestSeconds) {
    const problem = 'may not specify a duration less than 10 minutes';
    refuseInvalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      invalid('spec.expirationSeconds', spec.expirationSeconds, problem),
    ]);
  }
  return { ...(spec.audiences?.length && { audiences: spec.audiences }), ...pick(spec, 'expirationSeconds') };
}

const pick = (object: Json, field: string) => (object[field] === undefined ? {} : { [field]: object[field] });
