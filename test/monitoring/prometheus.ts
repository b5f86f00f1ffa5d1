import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePorts } from '../control-plane/real/free-ports.ts';
import type { Json } from '../support/api.ts';
import { alertsPath, rulesPath } from '../support/prometheus/rule-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

export interface Result {
  metric: Record<string, string>;
  value: number;
}

interface RuleState {
  name: string;
  /** `ok` after an evaluation without an error. */
  health: string;
  lastError?: string;
  /** Of an alert. */
  alerts?: { labels: Record<string, string>; state: 'pending' | 'firing' }[];
}

/** A Prometheus on loopback that scrapes each second, with the rules and the alerts. */
export class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url;
    this.#stop = stop;
  }

  /** @param scrapes as `scrape_configs` of Prometheus has them */
  static async start(scrapes: readonly Json[]): Promise<Prometheus> {
    const folder = await temporaryDirectory();
    const config = join(folder.path, 'prometheus.yaml');
    await writeFile(config, JSON.stringify(configuration(scrapes)));
    const [port] = await freePorts(1);
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder.path, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const [exited, log] = [once(child, 'exit'), text(child.stderr)];
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, async () => {
      child.kill('SIGKILL');
      await exited;
      await folder[Symbol.asyncDispose]();
    });
    try {
      await until('Prometheus is ready', async () => {
        if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}: ${await log}`);
        return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
      });
    } catch (error) {
      await prometheus[Symbol.asyncDispose]();
      throw error;
    }
    return prometheus;
  }

  /** What an instant query returns now; a number is one result without labels. @throws {Error} with Prometheus' message */
  async query(expr: string): Promise<Result[]> {
    const { resultType, result } = await this.#get('query', { query: expr });
    if (resultType === 'scalar') return [{ metric: {}, value: Number(result[1]) }];
    return result.map(({ metric, value }: { metric: Record<string, string>; value: [number, string] }) => ({
      metric,
      value: Number(value[1]),
    }));
  }

  async rules(): Promise<RuleState[]> {
    const { groups } = await this.#get('rules');
    return groups.flatMap(({ rules }: { rules: RuleState[] }) => rules);
  }

  async #get(path: string, parameters: Record<string, string> = {}): Promise<Json> {
    const answer = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: Json; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}: ${parameters.query ?? ''}`);
    return data;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}

const configuration = (scrapes: readonly Json[]) => ({
  global: { scrape_interval: '1s', evaluation_interval: '1s' },
  rule_files: [rulesPath, alertsPath],
  scrape_configs: scrapes,
});
