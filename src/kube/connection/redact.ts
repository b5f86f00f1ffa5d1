/**
 * Takes credentials out of a text of somebody else's, who may repeat what was sent to them: a server made for finding
 * faults, a proxy in between, an error page.
 * @param header the value that the credentials were sent in: it is taken out, and so is what comes after its scheme
 */
export function redact(text: string, header: string): string {
  const secrets = [header, header.slice(header.indexOf(' ') + 1)].filter((secret) => secret !== '');
  return secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}
