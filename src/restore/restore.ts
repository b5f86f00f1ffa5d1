import { actOnRestore, type RestoreTools } from './act.ts';
import { decideRestore } from './decide.ts';
import { observeRestore, type RestoreRequest } from './observe.ts';

/**
 * Registers a volume for a kept directory, from the trash or the base directory. It runs beside the daemon, which leaves alone what
 * has a record with `Retain`. After a failure or a crash, the same call continues where it was.
 * @returns why it was refused, or undefined
 * @throws {StorageError | ApiError} when a step fails
 */
export async function restoreVolume(request: RestoreRequest, tools: RestoreTools): Promise<string | undefined> {
  for (;;) {
    const view = await observeRestore(request, tools);
    const decision = decideRestore(view);
    if (decision.action === 'refuse') return decision.message;
    if ((await actOnRestore(decision, view, tools)) === 'done') return undefined;
  }
}
