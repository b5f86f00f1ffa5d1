/** How long the daemon may take, in milliseconds. A disk that does not answer holds it up for a second. */
const answerWithinMs = 10_000;

export interface StatusCommand {
  /** Where the daemon of this pod serves what it knows. */
  host: string;
  port: number;
}

/**
 * `hostpath-provisioner status`: prints what the daemon serves at /volumes, for whoever can run commands in its pod and cannot reach
 * its port. @returns why it failed, or undefined
 */
export async function runStatus(
  { host, port }: StatusCommand,
  say: (line: string) => void,
): Promise<string | undefined> {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/volumes`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) });
    const text = await answer.text();
    if (!answer.ok) return `${url} was answered with HTTP ${answer.status}: ${text.trim().slice(0, 200)}`;
    say(text);
    return undefined;
  } catch (error) {
    const advice = "Run this in the pod of a daemon that runs, with the daemon's --http-address or HTTP_ADDRESS";
    return `no daemon answers at ${url} (${causeOf(error)}). ${advice}`;
  }
}

/** `fetch` says only that it failed; its cause says why. */
function causeOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
