import type { UpstreamServer } from '../test/faults/proxy/fault-proxy.ts';
import { TaskProcess } from './task-process.ts';

/** What an API server that is overloaded does to every call, or to every other one. */
export type Disturbance = 'tooManyRequests' | 'stalls' | 'halfFail';

/** What it asks for with 429, in seconds: more than the daemon would wait by itself after a first failure. */
export const retryAfterSeconds = 3;

export const stallMs = 5_000;

/** One request of the daemon. */
export interface SeenRequest {
  /** Verb, resource and name: the same for every try of the same thing. */
  thing: string;
  kind: 'read' | 'list' | 'watch' | 'write';
  resource: string;
  /** When it arrived, in milliseconds since 1970. */
  atMs: number;
  /** As the daemon was told; undefined when it was told nothing yet. */
  status: number | undefined;
}

export type ProxyTask =
  | { do: 'start'; kubeconfigPath: string }
  | { do: 'disturb'; by: Disturbance | 'nothing' }
  /** Hands over the requests since the start, or since they were taken last. */
  | { do: 'take' };

export interface ProxyAnswer {
  place: Required<UpstreamServer>;
  requests: SeenRequest[];
}

/** The API server behind a proxy that overloads it on demand, in a process of its own. */
export class OverloadProxy {
  /** For the daemon's kubeconfig. */
  readonly place: Required<UpstreamServer>;
  readonly #process: TaskProcess<ProxyTask, ProxyAnswer>;

  static async start(kubeconfigPath: string): Promise<OverloadProxy> {
    const process = new TaskProcess<ProxyTask, ProxyAnswer>('overload-proxy-process.ts');
    const { place } = await process.run({ do: 'start', kubeconfigPath });
    return new OverloadProxy(process, place);
  }

  private constructor(process: TaskProcess<ProxyTask, ProxyAnswer>, place: ProxyAnswer['place']) {
    this.#process = process;
    this.place = place;
  }

  async disturb(by: Disturbance | 'nothing'): Promise<void> {
    await this.#process.run({ do: 'disturb', by });
  }

  async takeRequests(): Promise<SeenRequest[]> {
    return (await this.#process.run({ do: 'take' })).requests;
  }

  end(): void {
    this.#process.end();
  }
}
