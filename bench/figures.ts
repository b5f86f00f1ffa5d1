/** Everything that is reported, in the order of the report. A figure is one number for each repetition. */
export const figures = {
  floor1: { text: 'floor, mkdir + POST, 1 at once', unit: '/s' },
  floor16: { text: 'floor, mkdir + POST, 16 at once', unit: '/s' },
  floor64: { text: 'floor, mkdir + POST, 64 at once', unit: '/s' },
  floorCpu: { text: 'floor, CPU of the client, 64 at once', unit: 'ms/volume' },

  waitingRate: { text: 'waiting claims, first volume to last', unit: '/s' },
  waitingShare: {
    text: 'waiting claims, share of the best floor',
    unit: 'x floor',
    target: { atLeast: 0.6, judged: 'median' },
  },
  waitingFirst: { text: 'waiting claims, process start to first volume', unit: 'ms' },
  waitingWrites: {
    text: 'waiting claims, writes besides Events',
    unit: '/claim',
    target: { exactly: 1, judged: 'each' },
  },
  waitingReads: { text: 'waiting claims, reads', unit: '/claim' },
  waitingEvents: { text: 'waiting claims, Events so far', unit: '/claim' },
  waitingCpu: { text: 'waiting claims, CPU of the daemon, start included', unit: 'ms/claim' },
  waitingRss: { text: 'waiting claims, resident memory afterwards', unit: 'MiB' },
  waitingPeakRss: {
    text: 'waiting claims, highest resident memory',
    unit: 'MiB',
    target: { atMost: 130, judged: 'each' },
  },

  burstTotal: { text: 'burst, first claim sent to last volume', unit: 'ms' },
  burstTail: { text: 'burst, last claim answered to last volume', unit: 'ms' },
  burstP50: { text: 'burst, claim answered to volume, p50', unit: 'ms' },
  burstP99: { text: 'burst, claim answered to volume, p99', unit: 'ms' },
  burstWrites: { text: 'burst, writes besides Events', unit: '/claim', target: { exactly: 1, judged: 'each' } },
  burstReads: { text: 'burst, reads', unit: '/claim' },
  burstEvents: { text: 'burst, Events once all are sent', unit: '/claim' },
  burstCpu: { text: 'burst, CPU of the daemon', unit: 'ms/claim' },
  burstRss: { text: 'burst, resident memory afterwards', unit: 'MiB' },

  quietRequests: {
    text: 'quiet after the burst, requests besides watches',
    unit: 'in 20 s',
    target: { exactly: 0, judged: 'each' },
  },
  quietCpu: { text: 'quiet after the burst, CPU of the daemon', unit: 'ms in 20 s' },

  singleP50: { text: 'one at a time, claim answered to volume, p50', unit: 'ms' },
  singleP99: { text: 'one at a time, claim answered to volume, p99', unit: 'ms' },
  singleWrites: {
    text: 'one at a time, writes besides Events',
    unit: '/claim',
    target: { exactly: 1, judged: 'each' },
  },
  singleReads: { text: 'one at a time, reads', unit: '/claim' },
  singleCpu: { text: 'one at a time, CPU of the daemon', unit: 'ms/claim' },
  idleRss: { text: 'started and idle, resident memory', unit: 'MiB' },
} satisfies Record<string, Figure>;

export type FigureName = keyof typeof figures;

export interface Figure {
  text: string;
  unit: string;
  target?: Target;
}

/** What the project promises, of the median of all repetitions or of each one. */
export type Target = { judged: 'median' | 'each' } & ({ atLeast: number } | { atMost: number } | { exactly: number });

/** What one scenario found in one repetition. */
export interface Findings {
  figures: Partial<Record<FigureName, number>>;
  /** Raw times and counts behind the figures. */
  samples: Record<string, readonly number[] | Record<string, number>>;
}
