/**
 * Takes credentials out of a text of somebody else's, who may repeat what was sent to them: a server made for finding
 * faults, a proxy in between, an error page.
 * @param headers those that the credentials were sent in
 */
export function redact(text: string, headers: Readonly<Record<string, string>>): string {
  return secretsIn(headers).reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}

/** Each header as a whole, and what comes after its scheme, such as `Bearer`. */
function secretsIn(headers: Readonly<Record<string, string>>): string[] {
  const values = Object.values(headers).flatMap((value) => [value, value.slice(value.indexOf(' ') + 1)]);
  return values.filter((value) => value !== '');
}
