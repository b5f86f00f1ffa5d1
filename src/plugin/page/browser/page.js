import { changeInto } from './changes.js';
import { takeRows, Volumes } from './volumes.js';

const { base = '/', refreshMs = '30000' } = document.body.dataset;

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

if (document.getElementById('refresh') !== null) start();

function start() {
  // The token is in the address once, and neither in the history nor in a picture of the window.
  history.replaceState(null, '', base);
  const volumes = new Volumes();
  // Browsers keep what was typed when the page is loaded again.
  volumes.arrange();
  keepFresh(volumes);
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('button.copy') : null;
    if (button !== null) void copy(button);
  });
}

/** Reads the page again and again, unless the user pauses that or looks at another page. @param {Volumes} volumes */
function keepFresh(volumes) {
  let paused = false;
  let reading = false;
  /** @type {number | undefined} */
  let timer;

  const refresh = async () => {
    clearTimeout(timer);
    if (paused || reading || document.hidden) return;
    reading = true;
    const { page, trouble } = await readPage();
    reading = false;
    // What is shown does not change once the user has paused.
    if (page !== undefined && !paused) show(page, volumes);
    if (part('trouble').textContent !== trouble) part('trouble').textContent = trouble;
    timer = setTimeout(refresh, Number(refreshMs));
  };

  const pace = part('pace').textContent;
  part('pause').addEventListener('click', () => {
    paused = !paused;
    part('pause').textContent = paused ? 'Resume refresh' : 'Pause refresh';
    part('pace').textContent = paused ? ', paused' : pace;
    void refresh();
  });
  document.addEventListener('visibilitychange', refresh);
  timer = setTimeout(refresh, Number(refreshMs));
}

/**
 * The page as it is now, or why it cannot be had.
 * @returns {Promise<{ page?: Document, trouble: string }>}
 */
function readPage() {
  const { promise, resolve } = Promise.withResolvers();
  // It parses without text becoming markup in a script, which the page's Content-Security-Policy forbids.
  const request = new XMLHttpRequest();
  request.open('GET', base);
  request.responseType = 'document';
  request.onload = () => {
    const page = request.response;
    if (request.status === 200 && page !== null) return resolve({ page, trouble: '' });
    const problem = page?.getElementById('failure')?.textContent ?? `the command answered ${request.status}`;
    resolve({ trouble: `The refresh failed: ${problem}. The page shows what was read before.` });
  };
  request.onerror = () =>
    resolve({ trouble: 'The command that serves this page does not answer. The page shows what was read before.' });
  request.send();
  return promise;
}

/**
 * @param {Document} page
 * @param {Volumes} volumes
 */
function show(page, volumes) {
  const focused = document.activeElement;
  const wrong = headline(document);
  volumes.update(takeRows(page, { leave: false }));
  for (const shown of document.querySelectorAll('main, #read-at')) {
    const wanted = page.querySelector(shown.id ? `#${shown.id}` : 'main');
    if (wanted !== null) changeInto(shown, wanted);
  }
  volumes.arrange();
  if (headline(document) !== wrong) part('announcement').textContent = headline(document);
  if (focused instanceof HTMLElement && focused !== document.activeElement) {
    const again = focused.isConnected ? focused : document.getElementById(focused.id);
    again?.focus({ preventScroll: true });
  }
}

/** @param {Document} page */
const headline = (page) => page.getElementById('findings-heading')?.textContent ?? '';

/** @param {Element} button */
async function copy(button) {
  const command = button.previousElementSibling;
  if (command === null) return;
  try {
    await navigator.clipboard.writeText(command.textContent ?? '');
    part('announcement').textContent = 'Copied';
    button.classList.add('copied');
    setTimeout(() => button.classList.remove('copied'), 2_000);
  } catch {
    // The browser does not allow it: the user can copy what is selected.
    getSelection()?.selectAllChildren(command);
    part('announcement').textContent = 'Selected: copy it with the keyboard';
  }
}
