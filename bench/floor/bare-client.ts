import { KubeConfig } from '@kubernetes/client-node';
import { type Dispatcher, Pool } from 'undici';

/** Sends a request; resolves with the answer. Any status but the expected one is an error. */
export type BareClient = (
  method: Dispatcher.HttpMethod,
  path: string,
  expect: number,
  body?: object,
  contentType?: string,
) => Promise<Buffer>;

/**
 * A client that does no more than it must, over connections that are kept. `Pool.dispatch` of undici was the quickest of
 * what Node has: with `Pool.request` or node:https the client took a third to a half more CPU, and HTTP/2 was slower.
 */
export function bareClient(kubeconfigPath: string, connections: number): BareClient {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const { server = '', caData = '' } = config.getCurrentCluster() ?? {};
  const pool = new Pool(server, { connections, connect: { ca: Buffer.from(caData, 'base64') } });
  const common = { authorization: `Bearer ${config.getCurrentUser()?.token}`, accept: 'application/json' };
  return (method, path, expect, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? common : { ...common, 'content-type': contentType };
      const chunks: Buffer[] = [];
      pool.dispatch(
        { method, path, headers, body: body === undefined ? null : JSON.stringify(body) },
        {
          onRequestStart() {},
          onResponseStart(_controller, status) {
            if (status !== expect) reject(new Error(`${method} ${path}: the API server answers ${status}`));
          },
          onResponseData: (_controller, chunk) => void chunks.push(chunk),
          onResponseEnd: () => resolve(Buffer.concat(chunks)),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
}
