import { expect, test } from 'vitest';
import { redact } from '../../../../src/kube/connection/redact.ts';

test.each([
  ['a whole header', 'you sent Bearer secret-1', 'you sent [redacted]'],
  ['what comes after its scheme', 'the token secret-1 is old', 'the token [redacted] is old'],
  ['each time', 'secret-1, secret-1', '[redacted], [redacted]'],
  ['nothing else', 'Bearer of secrets', 'Bearer of secrets'],
])('%s is taken out of a text', (_, text, expected) => {
  expect(redact(text, 'Bearer secret-1')).toBe(expected);
});

test.each([
  ['no credentials', ''],
  ['a scheme alone', 'Bearer '],
])('with %s a text stays as it is', (_, header) => {
  expect(redact('a text', header)).toBe('a text');
});
