import { test } from 'vitest';
import type { PageContent } from '../../src/plugin/page/content.ts';
import { type PageOptions, type PageServer, servePage } from '../../src/plugin/page/server.ts';
import { describeUnless } from '../support/describe-unless.ts';
import type { BrowserTab } from './browser-tab.ts';
import { Chromium, obstaclesToBrowser } from './chromium.ts';
import { sampleContent } from './sample.ts';

// The page shows the time of day.
process.env.TZ = 'UTC';

/** Groups tests with a browser; they are skipped where there is none. */
export const describeInBrowser = describeUnless('page', obstaclesToBrowser());

/** Content that stays until a test changes it. */
export class ShownContent {
  now: PageContent = sampleContent();
  /** What reading fails with, while it does. */
  failure: string | undefined;
  readings = 0;

  readonly read = async (): Promise<PageContent> => {
    this.readings += 1;
    if (this.failure !== undefined) throw new Error(this.failure);
    return this.now;
  };
}

/** Tests of one file that share a Chromium. Each has a page of its own in a tab of its own. */
export const testInBrowser = test
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('chromium', { scope: 'file' }, async ({}, { onCleanup }) => {
    const chromium = await Chromium.start();
    onCleanup(() => chromium[Symbol.asyncDispose]());
    return chromium;
  })
  .extend('tab', async ({ chromium }, { onCleanup }): Promise<BrowserTab> => {
    const tab = await chromium.openTab();
    onCleanup(() => tab.close());
    return tab;
  })
  // biome-ignore lint/correctness/noEmptyPattern: the same
  .extend('serve', async ({}, { onCleanup }) => {
    return async (shown: ShownContent, options: Partial<PageOptions> = {}): Promise<PageServer> => {
      const { read } = shown;
      const server = await servePage({
        port: 0,
        subject: 'context production, all namespaces',
        clusterOptions: [],
        read,
        ...options,
      });
      onCleanup(() => server.close());
      return server;
    };
  });
