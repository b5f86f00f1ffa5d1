import { expect, test } from 'vitest';
import { redact } from '../../../../src/kube/connection/redact.ts';

const sent = 'Bearer secret-1';
test.each([
  ['without the whole header', sent, 'you sent Bearer secret-1', 'you sent [redacted]'],
  ['without what comes after its scheme', sent, 'the token secret-1 is old', 'the token [redacted] is old'],
  ['without each of several', sent, 'secret-1, secret-1', '[redacted], [redacted]'],
  ['as it is without a credential in it', sent, 'Bearer of secrets', 'Bearer of secrets'],
  ['as it is when no credentials were sent', '', 'a text', 'a text'],
  ['as it is when a scheme alone was sent', 'Bearer ', 'a text', 'a text'],
])('a text is shown %s', (_, header, text, shown) => {
  expect(redact(text, header)).toBe(shown);
});
