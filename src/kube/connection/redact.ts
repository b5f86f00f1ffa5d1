/**
 * Removes credentials from a text that may repeat the request, such as the answer of a debugging server or the error page of
 * a proxy.
 * @param header the header value with the credentials: the whole value and the part after its scheme are removed
 */
export function redact(text: string, header: string): string {
  const secrets = [header, header.slice(header.indexOf(' ') + 1)].filter((secret) => secret !== '');
  return secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}
