/** The fault proxy as a process of its own, started by overload-proxy.ts, which sends it one `ProxyTask` after another. */
import { answers } from '../test/faults/proxy/answers.ts';
import {
  type FaultProxy,
  type HistoryEntry,
  type RequestFault,
  startFaultProxy,
  upstreamOf,
} from '../test/faults/proxy/fault-proxy.ts';
import { randomNumbers } from '../test/faults/runs/random.ts';
import {
  type Disturbance,
  type ProxyAnswer,
  type ProxyTask,
  retryAfterSeconds,
  type SeenRequest,
  stallMs,
} from './overload-proxy.ts';
import { answerTasks } from './task-process.ts';

const random = randomNumbers(1);

/** Watches that are open already go on. */
const faults: Record<Disturbance | 'nothing', () => RequestFault> = {
  nothing: () => ({ do: 'pass' }),
  tooManyRequests: () => answers.tooManyRequests(retryAfterSeconds),
  stalls: () => ({ do: 'delay', ms: stallMs }),
  halfFail: () => (random() < 0.5 ? answers.unavailable() : { do: 'pass' }),
};

let proxy: FaultProxy | undefined;

answerTasks(carryOut);

async function carryOut(task: ProxyTask): Promise<ProxyAnswer> {
  if (task.do === 'start') proxy = await startFaultProxy(upstreamOf(task.kubeconfigPath));
  if (proxy === undefined) throw new Error('the proxy is not started');
  if (task.do === 'disturb') proxy.hooks = { onRequest: faults[task.by] };
  const { server, caData } = proxy;
  return { place: { server, caData }, requests: task.do === 'take' ? takeRequests(proxy) : [] };
}

function takeRequests(from: FaultProxy): SeenRequest[] {
  const requests = from.history.map(seenRequest);
  from.clearHistory();
  return requests;
}

function seenRequest({ request, atMs, answered }: HistoryEntry): SeenRequest {
  const { label, name = '', kind, resource } = request;
  const status = typeof answered === 'object' ? answered.status : undefined;
  return { thing: `${label} ${name}`, kind, resource, atMs, status };
}
