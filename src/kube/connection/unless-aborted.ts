/** The result of the work, unless the signal comes first: then its reason, or the given one. The work itself goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, reason?: Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(reason ?? signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
