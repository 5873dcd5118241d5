// @ts-check
/** A file is chosen, what would come of it is shown, and then it is imported. */

import { renew } from "../../answers.js";
import { ApiError } from "../../api.js";
import { html, useState } from "../../html.js";
import { useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { Options } from "../../parts/forms.js";
import { Failure } from "../../parts/states.js";
import { to } from "../../router.js";
import { soon, t } from "../../texts.js";
import { Outcome } from "./outcome.js";
import { FORMATS, importCsv, importFile, tryFile } from "./sending.js";

/**
 * How far a file is. Without a report the server cannot tell what would come of it.
 * @typedef {{file: File, isDone: boolean, report: import("./sending.js").Report | null}} Seen
 */

export function Import() {
  const [options, setOptions] = useState({ format: "", overwrite: false });
  const [seen, setSeen] = useState(/** @type {Seen | null} */ (null));
  const [chosen, setChosen] = useState(/** @type {File | null} */ (null));
  const { isBusy, error, run, setError } = useAction();
  const name = chosen?.name ?? "";
  /** @param {File} file */
  function look(file) {
    setChosen(file);
    void run(async () => setSeen({ file, isDone: false, report: await tryFile(file, options) }));
  }
  /** @param {Seen} seen */
  function bring({ file, report }) {
    void run(async () => {
      const done = report === null ? await importCsv(file) : await importFile(file, options);
      setSeen({ file, isDone: true, report: done });
      void renew();
    });
  }
  function restart() {
    setSeen(null);
    setError(null);
  }
  return html`<section class="card" aria-labelledby="import">
    <h2 id="import">${t("import.file")}</h2>
    ${seen === null && html`<${Choose} options=${options} isBusy=${isBusy} onOptions=${setOptions} onFile=${look} />`}
    ${isBusy &&
    html`<p role="status">${t(seen === null ? "import.reading" : "import.writing", { name })}</p>
      <progress aria-label=${t("import.file")}></progress>`}
    ${error && html`<${Failure} error=${inWords(error)} />`}
    ${error &&
    chosen !== null &&
    seen === null &&
    html`<div class="row"><button onClick=${() => look(chosen)}>${t("import.again", { name })}</button></div>`}
    ${seen !== null && html`<${Look} seen=${seen} isBusy=${isBusy} onImport=${() => bring(seen)} onRestart=${restart} />`}
  </section>`;
}

/**
 * Return the error; where files came too often, one that says how often they may.
 * @param {Error} error
 */
function inWords(error) {
  if (!(error instanceof ApiError) || error.code !== "too_many_requests" || !error.details.limit) return error;
  return new Error(t("import.often", { n: error.details.limit, when: soon(error.retryAfter) }));
}

/**
 * @param {{options: import("./sending.js").Options, isBusy: boolean,
 *   onOptions: (options: import("./sending.js").Options) => void, onFile: (file: File) => void}} props
 */
function Choose({ options, isBusy, onOptions, onFile }) {
  return html`<p class="soft">${t("import.text")}</p>
    <${DropPlace} isBusy=${isBusy} onFile=${onFile} />
    <p class="soft small">${t("import.knows")}</p>
    <details>
      <summary>${t("import.options")}</summary>
      <div class="stack">
        <${Field}
          label=${t("import.format")}
          control="select"
          onChange=${(/** @type {any} */ event) => onOptions({ ...options, format: event.target.value })}
        >
          <${Options} choices=${[["", t("import.format.any")], ...FORMATS.map((one) => [one, one])]} chosen=${options.format} />
        <//>
        <label class="choice">
          <input
            type="checkbox"
            checked=${options.overwrite}
            onChange=${() => onOptions({ ...options, overwrite: !options.overwrite })}
          />
          <span>${t("import.overwrite")}</span>
        </label>
      </div>
    </details>`;
}

/**
 * @param {{isBusy: boolean, onFile: (file: File) => void}} props
 */
function DropPlace({ isBusy, onFile }) {
  const [isOver, setOver] = useState(false);
  /** @param {FileList | undefined | null} files */
  function take(files) {
    setOver(false);
    if (files?.length && !isBusy) onFile(files[0]);
  }
  return html`<label
    class="drop ${isOver ? "over" : ""}"
    onDragOver=${(/** @type {DragEvent} */ event) => {
      event.preventDefault();
      setOver(true);
    }}
    onDragLeave=${() => setOver(false)}
    onDrop=${(/** @type {DragEvent} */ event) => {
      event.preventDefault();
      take(event.dataTransfer?.files);
    }}
  >
    <span>${t("import.drop")}</span>
    <input
      type="file"
      disabled=${isBusy}
      onChange=${(/** @type {any} */ event) => {
        take(event.target.files);
        event.target.value = "";
      }}
    />
  </label>`;
}

/**
 * @param {{seen: Seen, isBusy: boolean, onImport: () => void, onRestart: () => void}} props
 */
function Look({ seen, isBusy, onImport, onRestart }) {
  const { file, report, isDone } = seen;
  return html`<p dir="auto"><strong>${file.name}</strong></p>
    ${report === null ? html`<p class="notice">${t("import.blind")}</p>` : html`<${Outcome} report=${report} isDone=${isDone} />`}
    <div class="row">
      ${!isDone && html`<button class="primary" disabled=${isBusy} onClick=${onImport}>${t("import.do")}</button>`}
      ${isDone && html`<a class="button primary" href=${to("history")}>${t("import.look")}</a>`}
      <button disabled=${isBusy} onClick=${onRestart}>${t("import.other")}</button>
    </div>`;
}
