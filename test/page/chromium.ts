import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { BrowserTab } from './browser-tab.ts';
import { DevTools } from './dev-tools.ts';

/** What keeps tests with a browser from running here. */
export const obstaclesToBrowser = (): string[] =>
  spawnSync('which', ['chromium']).status === 0 ? [] : ['chromium is missing (chromium)'];

/** A headless Chromium with a profile of its own. */
export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #devTools: DevTools;
  readonly #profile: AsyncDisposable;

  private constructor(process: ChildProcess, devTools: DevTools, profile: AsyncDisposable) {
    this.#process = process;
    this.#devTools = devTools;
    this.#profile = profile;
  }

  static async start(): Promise<Chromium> {
    const profile = await temporaryDirectory();
    const flags = [
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile.path}`,
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-extensions',
      '--disable-gpu',
      '--hide-scrollbars',
      '--font-render-hinting=none',
      // Root may not use the sandbox; the pages are our own.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ];
    const child = spawn('chromium', [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
      // Leaving the loop ends the reading of lines, but what Chromium goes on to write has to be read.
      if (address === undefined) continue;
      child.stderr.resume();
      return new Chromium(child, await DevTools.connect(address), profile);
    }
    await profile[Symbol.asyncDispose]();
    throw new Error(`Chromium did not start: ${said.join('\n')}`);
  }

  /** A tab with cookies and a cache of its own. */
  async openTab(): Promise<BrowserTab> {
    const { browserContextId } = await this.#devTools.send('Target.createBrowserContext');
    const { targetId } = await this.#devTools.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await this.#devTools.send('Target.attachToTarget', { targetId, flatten: true });
    return BrowserTab.of(this.#devTools.session(sessionId), browserContextId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its other processes end later than the first, and write to the profile until then. They share its standard error.
    const ended = once(this.#process, 'close');
    this.#process.kill();
    await ended;
    await this.#profile[Symbol.asyncDispose]();
  }
}
