// @ts-check
/**
 * What is asked above the page. The browser keeps the focus in it, and gives it back. It is there before the next key,
 * however busy the browser is.
 */

import { html, useId, useLayoutEffect, useRef, useState } from "../html.js";
import { t } from "../texts.js";
import { Failure } from "./states.js";

/**
 * A dialog with a title, open as long as it is shown. `next` holds what has the focus afterwards, if it is not what
 * had it before.
 * @param {{title: string, onClose: () => void, next?: {current: HTMLElement | null}, children?: any}} props
 */
export function Dialog({ title, onClose, next, children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useLayoutEffect(() => {
    const dialog = /** @type {HTMLDialogElement} */ (element.current);
    dialog.showModal();
    return () => {
      dialog.close();
      next?.current?.focus({ preventScroll: true });
    };
  }, []);
  return html`<dialog
    ref=${element}
    aria-labelledby=${id}
    onCancel=${(/** @type {Event} */ event) => {
      event.preventDefault();
      onClose();
    }}
  >
    <div class="dialog">
      <h2 id=${id}>${title}</h2>
      ${children}
    </div>
  </dialog>`;
}

/**
 * A question before something that cannot be taken back. What asked may go with it, so the page has the focus then.
 * @param {{title: string, text: string, yes: string, onYes: () => Promise<unknown> | void, onClose: () => void}} props
 */
export function Question({ title, text, yes, onYes, onClose }) {
  const { isBusy, error, run } = useAction();
  const next = useRef(/** @type {HTMLElement | null} */ (null));
  async function agree() {
    if (!(await run(onYes))) return;
    next.current = document.getElementById("main");
    onClose();
  }
  return html`<${Dialog} title=${title} onClose=${onClose} next=${next}>
    <p>${text}</p>
    ${error && html`<${Failure} error=${error} />`}
    <div class="actions">
      <button type="button" onClick=${onClose}>${t("cancel")}</button>
      <button type="button" class="danger" disabled=${isBusy} onClick=${agree}>${yes}</button>
    </div>
  <//>`;
}

/**
 * Do something that may be refused: `run` returns whether it went well, `error` is what was said.
 * @returns {{isBusy: boolean, error: Error | null, run: (work: () => unknown) => Promise<boolean>,
 *   setError: (error: Error | null) => void}}
 */
export function useAction() {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  /** @param {() => unknown} work */
  async function run(work) {
    setBusy(true);
    setError(null);
    try {
      await work();
      return true;
    } catch (problem) {
      setError(problem instanceof Error ? problem : new Error(String(problem)));
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { isBusy, error, run, setError };
}
