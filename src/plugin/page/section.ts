import { type Html, html, type Part } from './html.ts';

export interface Section {
  id: string;
  heading: string;
  /** Beside the heading: what there is, in numbers. */
  summary?: Part;
  /** What the user can do with it. */
  tools?: Part;
  /** Why something of it could not be read, a statement each. */
  problems?: readonly string[];
  content: Part;
}

/** A part of the page, with what could not be read at its head. */
export function section({ id, heading, summary, tools, problems = [], content }: Section): Html {
  return html`
    <section id="${id}" aria-labelledby="${id}-heading">
      <div class="head">
        <h2 id="${id}-heading" tabindex="-1">${heading}</h2>
        <p class="summary">${summary}</p>
        ${tools}
      </div>
      ${problems.map((problem) => html`<p class="problem">${problem}</p>`)}
      ${content}
    </section>`;
}

/** A command, and the button that copies it. @param id of the button @param deed what the command does, for who hears the button */
export function copyable(id: string, command: string, deed: string): Html {
  return html`
    <div class="command">
      <code>${command}</code>
      <button type="button" id="${id}" class="copy">Copy<span class="hidden"> the command that ${deed}</span></button>
    </div>`;
}
