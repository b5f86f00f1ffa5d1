import { ApiError } from '../../kube/calls/kube-api.ts';
import type { Read } from '../overview.ts';

/** Why something could not be read. @param right what the user must be allowed to, such as `list pods in namespace dev` */
export function problemOf(error: unknown, right: string): string {
  if (!(error instanceof ApiError)) throw error;
  return error.reason === 'Forbidden' ? `the right to ${right} is missing` : error.message;
}

/** What the work brings, or why it failed. */
export async function attempt<Found>(right: string, work: () => Promise<Found>): Promise<Read<Found>> {
  try {
    return { found: await work() };
  } catch (error) {
    return { problem: problemOf(error, right) };
  }
}
