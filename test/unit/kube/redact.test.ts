import { expect, test } from 'vitest';
import { redact } from '../../../src/kube/redact.ts';

test.each([
  ['a whole header', 'you sent Bearer secret-1', 'you sent [redacted]'],
  ['what comes after its scheme', 'the token secret-1 is old', 'the token [redacted] is old'],
  ['each time', 'secret-1, secret-1', '[redacted], [redacted]'],
  ['nothing else', 'Bearer of secrets', 'Bearer of secrets'],
])('%s is taken out of a text', (_, text, expected) => {
  expect(redact(text, { Authorization: 'Bearer secret-1' })).toBe(expected);
});

test.each([
  ['no headers', {}],
  ['an empty one', { Authorization: '' }],
  ['a scheme alone', { Authorization: 'Bearer ' }],
])('with %s a text stays as it is', (_, headers) => {
  expect(redact('a text', headers)).toBe('a text');
});
