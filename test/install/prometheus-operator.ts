import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const version = 'v0.85.0';
const sum = 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=';

/**
 * The definitions of PodMonitor and PrometheusRule that Prometheus Operator is released with. They come as a part of its Go module.
 * @returns paths
 * @throws {Error} if Go fetches something else than the release
 */
export function definitionsOfPrometheusOperator(): string[] {
  const module = `github.com/prometheus-operator/prometheus-operator@${version}`;
  const told = execFileSync('go', ['mod', 'download', '-json', module], { cwd: import.meta.dirname, encoding: 'utf8' });
  const { Dir: folder, Sum: found }: { Dir: string; Sum: string } = JSON.parse(told);
  if (found !== sum) throw new Error(`${module} has the sum ${found}, not ${sum}`);
  return ['podmonitors', 'prometheusrules'].map((kind) =>
    join(folder, `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`),
  );
}
