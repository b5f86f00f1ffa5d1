import { readFileSync } from 'node:fs';
import { kill as signal } from 'node:process';
import { DaemonProcess } from '../../support/daemon-process.ts';
import { until } from '../../support/until.ts';
import type { AgentPlan } from '../agent/plan.ts';
import { AgentReport } from '../agent/report.ts';
import type { Programs } from '../build.ts';
import { type Fault, isKill } from '../fault.ts';
import type { Violations } from '../oracles/violation.ts';
import type { Pool } from '../world/pools.ts';
import { strace } from './strace.ts';

export interface LivesOptions {
  programs: Programs;
  kubeconfigPath: string;
  nodeName: string;
  provisioner: string;
  pools: readonly Pool[];
  /** Where the agents report. */
  reportPath: string;
  faults: readonly Fault[];
  violations: Violations;
  /** Called between the end of a life and the start of the next. */
  betweenLives: () => void;
  /** Called right before a life starts, with its number and its faults. */
  beforeStart: (faults: readonly Fault[]) => void;
}

/** More starts than any plan asks for: the daemon dies again and again of something else. */
const mostLives = 12;

/**
 * The daemon, life after life: started again whenever it has died of a planned kill, unless the scenario wants it down. An
 * end that nobody planned is a violation.
 */
export class Lives {
  readonly report: AgentReport;
  readonly #options: LivesOptions;
  readonly #processes: DaemonProcess[] = [];
  readonly #timedKills: Fault[] = [];
  #faultsOver = false;
  /** How many parts of the scenario want the daemon to be down. */
  #wantedDown = 1;
  readonly #killedByUs = new Set<number>();
  #startedAtMs = 0;

  constructor(options: LivesOptions) {
    this.#options = options;
    this.report = new AgentReport(options.reportPath);
    process.once('exit', this.#leaveNone);
  }

  /** Number of the present life, or of the last one; 0 before the first start. */
  get count(): number {
    return this.#processes.length;
  }

  /** On the clock of performance.now(). */
  get lastStartMs(): number {
    return this.#startedAtMs;
  }

  /** Faults that came about in the daemon's process, or by the time. */
  get hit(): Fault[] {
    const told = this.report.hits();
    return [
      ...told.map(({ life, kind, label, nth, harm = '' }): Fault => ({ life, kind, label, nth, harm })),
      ...this.#timedKills,
      ...this.#killedByKernel,
    ];
  }

  /** Kills by strace: nobody but the end of the process tells. */
  get #killedByKernel(): Fault[] {
    const killed = this.#processes.flatMap(({ process }, index) => (process.signalCode === null ? [] : [index + 1]));
    return this.#options.faults.filter(
      ({ kind, life }) => kind === 'sys' && killed.includes(life) && !this.#killedByUs.has(life),
    );
  }

  get log() {
    return this.#processes.flatMap((process) => process.log);
  }

  up(): void {
    this.#wantedDown -= 1;
    if (this.#wantedDown === 0) void this.#start();
  }

  /** One life of a daemon that is wanted down, so that no other follows when it ends, which is when this resolves. */
  once(): Promise<void> {
    return this.#start();
  }

  async down(): Promise<void> {
    this.#wantedDown += 1;
    await this.kill();
  }

  /** SIGKILL, and waits for the end. What follows is a new life, unless it is to be down. */
  async kill(): Promise<void> {
    const daemon = this.#processes.at(-1);
    if (daemon === undefined || ended(daemon)) return;
    this.#killedByUs.add(this.count);
    killDaemon(daemon);
    await daemon.exited;
  }

  async restart(): Promise<void> {
    const before = this.count;
    await this.kill();
    await until('the daemon is started again', () => this.count > before, { everyMs: 2 });
  }

  /** From now on no life gets faults. */
  endFaults(): void {
    this.#faultsOver = true;
  }

  /** Asks the daemon to end, for good. */
  async stop(): Promise<void> {
    this.#wantedDown += 1;
    const daemon = this.#processes.at(-1);
    if (daemon === undefined || ended(daemon)) return;
    this.#killedByUs.add(this.count);
    const exit = await daemon.kill('SIGTERM');
    if (exit.code !== 0) this.#options.violations.add('alive', 'the daemon, asked to end', textOf(exit, daemon));
  }

  /** For good. */
  async end(): Promise<void> {
    this.#wantedDown += 1;
    await this.kill();
    process.off('exit', this.#leaveNone);
  }

  /** A harness that is broken off in the midst of a run leaves no daemon behind. */
  readonly #leaveNone = (): void => {
    const daemon = this.#processes.at(-1);
    if (daemon !== undefined && !ended(daemon)) killDaemon(daemon);
  };

  /** Resolves at the end of the life. */
  #start(): Promise<void> {
    const { programs, kubeconfigPath, nodeName, provisioner, pools, reportPath } = this.#options;
    const life = this.count + 1;
    const faults = this.#faultsOver ? [] : this.#options.faults.filter((fault) => fault.life === life);
    const agent: AgentPlan = { report: reportPath, bases: pools.map(({ path }) => path), life, faults };
    this.#options.beforeStart(faults);
    const daemon = new DaemonProcess({
      kubeconfigPath,
      nodeName,
      baseDirectory: pools.map(({ name, path }) => (pools.length === 1 ? path : `${name}=${path}`)),
      provisionerNames: [provisioner],
      program: programs.bundle,
      ...strace(faults),
      env: {
        NODE_OPTIONS: `--require=${programs.agent}`,
        NODE_COMPILE_CACHE: programs.compileCache,
        FAULT_AGENT: JSON.stringify(agent),
        ...(faults.some(({ kind }) => kind === 'sys') && { UV_THREADPOOL_SIZE: '1' }),
      },
    });
    this.#startedAtMs = performance.now();
    this.#processes.push(daemon);
    this.#killLater(daemon, faults);
    return daemon.exited.then((exit) => this.#ended(daemon, life, exit));
  }

  /** `start:kill#N` kills N milliseconds after the start: at no point in particular. */
  #killLater(daemon: DaemonProcess, faults: readonly Fault[]): void {
    const fault = faults.find(({ kind, label }) => kind === 'start' && label === 'kill');
    if (fault === undefined) return;
    const timer = setTimeout(() => {
      if (ended(daemon)) return;
      this.#timedKills.push(fault);
      void this.kill();
    }, fault.nth);
    void daemon.exited.then(() => clearTimeout(timer));
  }

  #ended(daemon: DaemonProcess, life: number, exit: Exit): void {
    const { violations, betweenLives } = this.#options;
    const planned = this.#killedByUs.has(life) || (exit.signal === 'SIGKILL' && this.#wasPlanned(life));
    if (!planned) violations.add('alive', `life ${life} of the daemon`, textOf(exit, daemon));
    betweenLives();
    if (this.#wantedDown === 0 && this.count < mostLives) void this.#start();
  }

  #wasPlanned(life: number): boolean {
    return this.#options.faults.some((fault) => fault.life === life && isKill(fault));
  }
}

type Exit = Awaited<DaemonProcess['exited']>;

const textOf = ({ code, signal }: Exit, { lastLines }: DaemonProcess): string =>
  `exit status ${code}, signal ${signal}:\n${lastLines}`;

/** Below strace, the daemon is its only child: were strace killed, the daemon would go on without it. */
function killDaemon({ process }: DaemonProcess): void {
  const { pid, spawnfile } = process;
  if (spawnfile !== 'strace') {
    process.kill('SIGKILL');
    return;
  }
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  if (child) signal(Number(child), 'SIGKILL');
  else process.kill('SIGKILL');
}

const ended = ({ process }: DaemonProcess): boolean => process.exitCode !== null || process.signalCode !== null;
