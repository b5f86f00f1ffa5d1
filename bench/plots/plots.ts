import type { Findings } from '../figures.ts';
import { median } from '../statistics.ts';
import { drawBars } from './bars.ts';
import { drawCdf } from './cdf.ts';
import { drawLines } from './lines.ts';

/** Figures in claims or volumes a second that are set beside each other, with the names of their bars. */
const throughputBars: Record<string, string> = {
  floor1: 'floor, 1 at once',
  floor16: 'floor, 16 at once',
  floor64: 'floor, 64 at once',
  waitingRate: 'this provisioner',
  'reference: waitingRate': 'reference',
  'reference as shipped: waitingRate': 'reference as shipped',
};

/** Samples of these names are drawn as one line each, named by what comes before the last colon. */
const latencySamples = /^((?:.+: )?(?:single|burst)): claim answered to volume, ms$/;

/** Figures of these names are MiB, with so many pairs in the cluster. */
const memoryFigures = /^memory(\d+)(Others|Ours)$/;
const memoryLines: Record<string, string> = { Others: 'volumes of others', Ours: 'volumes of ours' };

/** The drawings that the findings of one or more runs allow, by the names of their files. */
export function drawPlots(repetitions: readonly Findings[]): Record<string, string> {
  const plots = {
    'throughput.svg': throughput(repetitions),
    'latency.svg': latency(repetitions),
    'memory.svg': memory(repetitions),
  };
  return Object.fromEntries(
    Object.entries(plots).flatMap(([name, drawing]) => (drawing === undefined ? [] : [[name, drawing]])),
  );
}

function throughput(repetitions: readonly Findings[]): string | undefined {
  const bars = Object.entries(throughputBars)
    .map(([key, name]) => ({ name, values: repetitions.flatMap(({ figures }) => figures[key] ?? []) }))
    .filter(({ values }) => values.length > 0);
  if (bars.length === 0) return undefined;
  return drawBars({ title: 'Volumes made of claims that wait, beside a bare mkdir + POST', unit: 'volumes/s', bars });
}

function latency(repetitions: readonly Findings[]): string | undefined {
  const series = [...samplesNamed(repetitions, latencySamples)].map(([name, found]) => ({
    name,
    samples: found.flatMap((samples) => (isList(samples) ? samples : [])),
  }));
  if (series.every(({ samples }) => samples.every((sample) => sample <= 0))) return undefined;
  return drawCdf({ title: 'From the claim to its volume', xLabel: 'ms from answered POST to seen volume', series });
}

function memory(repetitions: readonly Findings[]): string | undefined {
  const found = repetitions.flatMap(({ figures }) => Object.entries(figures));
  const withoutPairs = median(found.flatMap(([key, value]) => (key === 'idleRss' ? [value] : [])));
  const lines = Object.entries(memoryLines).flatMap(([whose, name]) => {
    const byPairs = new Map<number, number[]>();
    for (const [key, value] of found) {
      const [, pairs, whoseFigure] = memoryFigures.exec(key) ?? [];
      if (whoseFigure === whose) byPairs.set(Number(pairs), [...(byPairs.get(Number(pairs)) ?? []), value]);
    }
    if (byPairs.size === 0) return [];
    const points = [...byPairs].map(([pairs, values]) => [pairs, median(values)] as const).sort(([a], [b]) => a - b);
    return [{ name, points: Number.isNaN(withoutPairs) ? points : [[0, withoutPairs] as const, ...points] }];
  });
  if (lines.length === 0) return undefined;
  return drawLines({ title: 'Resident memory', xLabel: 'claims with volumes in the cluster', yLabel: 'MiB', lines });
}

type SampleSet = Findings['samples'][string];

/** What all repetitions have under a name that matches, by the part of the name that the pattern catches. */
function samplesNamed(repetitions: readonly Findings[], pattern: RegExp): Map<string, SampleSet[]> {
  const found = new Map<string, SampleSet[]>();
  for (const { samples } of repetitions) {
    for (const [name, set] of Object.entries(samples)) {
      const caught = pattern.exec(name)?.[1];
      if (caught !== undefined) found.set(caught, [...(found.get(caught) ?? []), set]);
    }
  }
  return found;
}

const isList = (samples: SampleSet): samples is readonly number[] => Array.isArray(samples);
