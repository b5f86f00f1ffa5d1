import { failureOf } from './failure.ts';
import type { Failure, Outcome } from './outcome.ts';
import type { WorkQueue } from './work-queue.ts';

/** The stages that a key passes, in this order. */
export interface Flow<View, Decision, Result extends Outcome = Outcome> {
  /** Reads what this moment needs. It may throw. */
  observe(key: string): Promise<View>;
  /** Pure. */
  decide(view: View): Decision;
  /** Every step may be repeated. It may throw. */
  act(decision: Decision, view: View): Promise<Result>;
  /** Says what happened: the only stage that writes logs, metrics and Events about it. */
  report(look: Look<View, Decision, Result>): void;
}

/** One passage of a key through the stages. View and decision are missing when observing failed already. */
export interface Look<View, Decision, Result extends Outcome = Outcome> {
  key: string;
  view: View | undefined;
  decision: Decision | undefined;
  outcome: Result | Failure;
  /** How often the key had failed in a row before. */
  failures: number;
  durationMs: number;
}

/** Workers that each take one key after another, until the queue is stopped and the last key is finished. */
export async function work<View, Decision, Result extends Outcome>(
  workers: number,
  queue: WorkQueue,
  flow: Flow<View, Decision, Result>,
): Promise<void> {
  const worker = async () => {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      const look = await reconcile(key, queue.failures(key), flow);
      queue.finish(key, look.outcome);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

async function reconcile<View, Decision, Result extends Outcome>(
  key: string,
  failures: number,
  flow: Flow<View, Decision, Result>,
): Promise<Look<View, Decision, Result>> {
  const startedMs = performance.now();
  let view: View | undefined;
  let decision: Decision | undefined;
  let outcome: Result | Failure;
  try {
    view = await flow.observe(key);
    decision = flow.decide(view);
    outcome = await flow.act(decision, view);
  } catch (error) {
    outcome = failureOf(error);
  }
  const durationMs = Math.round((performance.now() - startedMs) * 10) / 10;
  const look = { key, view, decision, outcome, failures, durationMs };
  flow.report(look);
  return look;
}
