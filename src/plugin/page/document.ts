import type { PageContent } from './content.ts';
import { findingsSection } from './findings-section.ts';
import { type Html, html } from './html.ts';
import { nodesSection } from './nodes-section.ts';
import { trashSection } from './trash-section.ts';
import { timeOfDay } from './values.ts';
import { volumesSection } from './volumes-section.ts';

export interface DocumentOptions {
  /** What the page is about, such as `context kind-dev`. */
  subject: string;
  /** Options that choose the cluster, for commands that are shown. */
  clusterOptions: readonly string[];
  /** How long the browser waits between two refreshes. */
  refreshMs: number;
  /** Path of everything that the page loads; ends with a slash. */
  basePath: string;
}

/** The page as a whole. */
export function pageDocument(content: PageContent, options: DocumentOptions): string {
  const { atMs, findings, nodes, volumes, trash, problems } = content;
  const seconds = Math.round(options.refreshMs / 1_000);
  const body = html`
    <a class="skip" href="#volumes-heading">Skip to the volumes</a>
    <header>
      <img src="${options.basePath}icon.svg" alt="" width="36" height="36">
      <div>
        <h1>hostpath-provisioner</h1>
        <p>${options.subject}</p>
      </div>
      <div id="refresh">
        <p>Read at <span id="read-at">${timeOfDay(atMs)}</span><span id="pace">, every ${seconds} s</span></p>
        <button type="button" id="pause">Pause refresh</button>
      </div>
      <p id="trouble" role="alert"></p>
      <p id="announcement" role="status" class="hidden"></p>
      <noscript><p class="problem">Filter, sort, copy and refresh need JavaScript.</p></noscript>
    </header>
    <main>
      ${findingsSection(findings)}
      ${nodesSection(nodes, problems.nodes)}
      ${volumesSection(volumes, problems.volumes)}
      ${trashSection(trash, problems.trash, { atMs, clusterOptions: options.clusterOptions })}
    </main>`;
  return whole(options, `hostpath-provisioner, ${options.subject}`, body);
}

/** What is shown in place of the page if nothing could be read at all. */
export function failureDocument(problem: string, options: DocumentOptions): string {
  const body = html`
    <main>
      <h1>The cluster could not be read</h1>
      <p class="problem" id="failure">${problem}</p>
      <p><a href="${options.basePath}">Try again</a></p>
    </main>`;
  return whole(options, 'hostpath-provisioner: the cluster could not be read', body);
}

function whole({ basePath, refreshMs }: DocumentOptions, title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="${basePath}icon.svg">
        <link rel="stylesheet" href="${basePath}page.css">
        <script type="module" src="${basePath}page.js"></script>
      </head>
      <body data-base="${basePath}" data-refresh-ms="${refreshMs}">${body}</body>
    </html>`.text;
}
