/** Settles as the work does, or rejects with the reason if the signal comes first. The work itself continues. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, reason?: Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(reason ?? signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
