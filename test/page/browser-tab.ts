import { until } from '../support/until.ts';
import type { Session } from './dev-tools.ts';

/** Keys that tests press, with what Chromium wants to know of them. */
const keys = {
  Tab: { code: 'Tab', windowsVirtualKeyCode: 9 },
  Enter: { code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' },
  Space: { key: ' ', code: 'Space', windowsVirtualKeyCode: 32, text: ' ' },
};

/** The second frame after all is loaded begins when the first one is painted. */
const notePainting = `globalThis.painted = new Promise((painted) => {
  addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(() => painted(performance.now()))));
})`;

export interface Size {
  width: number;
  height: number;
}

/** A tab of Chromium, as its user has it. */
export class BrowserTab {
  readonly #session: Session;
  readonly #contextId: string;
  /** Addresses of everything that was asked for, in order. */
  readonly requests: string[] = [];
  /** Errors and warnings of the console, and exceptions of scripts. */
  readonly complaints: string[] = [];

  private constructor(session: Session, contextId: string) {
    this.#session = session;
    this.#contextId = contextId;
    session.on('Network.requestWillBeSent', ({ request }) => this.requests.push(request.url));
    session.on('Log.entryAdded', ({ entry }) => this.complaints.push(entry.text));
    session.on('Runtime.exceptionThrown', ({ exceptionDetails }) =>
      this.complaints.push(exceptionDetails.exception?.description ?? exceptionDetails.text),
    );
  }

  static async of(session: Session, contextId: string): Promise<BrowserTab> {
    const tab = new BrowserTab(session, contextId);
    for (const part of ['Page', 'Network', 'Log', 'Runtime']) await session.send(`${part}.enable`);
    await session.send('Page.addScriptToEvaluateOnNewDocument', { source: notePainting });
    await tab.resize({ width: 1_280, height: 900 });
    return tab;
  }

  /** Loads a page, and waits until it is painted. @returns how long that took from the start of the navigation, in milliseconds */
  async open(url: string): Promise<number> {
    const { errorText } = await this.#session.send('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`${url} cannot be loaded: ${errorText}`);
    return this.evaluate('painted');
  }

  /** What an expression is in the page; a promise is awaited. @throws {Error} with what the page throws */
  // biome-ignore lint/suspicious/noExplicitAny: it is whatever the expression yields
  async evaluate(expression: string): Promise<any> {
    const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.#session.send('Runtime.evaluate', options);
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    await until(expression, () => this.evaluate(`Boolean(${expression})`));
  }

  async press(key: keyof typeof keys): Promise<void> {
    const event = { key, ...keys[key] };
    await this.#session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
    await this.#session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
  }

  /** Types into what is focused. */
  async type(text: string): Promise<void> {
    await this.#session.send('Input.insertText', { text });
  }

  async resize({ width, height }: Size, pixelRatio = 1): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: pixelRatio, mobile: false };
    await this.#session.send('Emulation.setDeviceMetricsOverride', metrics);
  }

  async prefer(scheme: 'light' | 'dark'): Promise<void> {
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.#session.send('Emulation.setEmulatedMedia', { features });
  }

  async allowClipboard(): Promise<void> {
    const permissions = ['clipboardReadWrite', 'clipboardSanitizedWrite'];
    await this.#session.send('Browser.grantPermissions', { browserContextId: this.#contextId, permissions });
  }

  /** What a screen reader hears of: role and name of each node of the accessibility tree, in order. */
  async accessibleNodes(): Promise<{ role: string; name: string }[]> {
    const { nodes } = await this.#session.send('Accessibility.getFullAXTree');
    return nodes
      .filter(({ ignored }: { ignored: boolean }) => !ignored)
      .map(({ role, name }: { role: { value: string }; name?: { value: string } }) => ({
        role: role.value,
        name: name?.value ?? '',
      }));
  }

  /** A PNG of the window. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.#session.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }

  async close(): Promise<void> {
    await this.#session.send('Page.close');
  }
}
