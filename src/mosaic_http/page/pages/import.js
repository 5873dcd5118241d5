// @ts-check
/** Import and export: a file from elsewhere, looked at before anything changes, and all that is here as a file. */

import { BASE } from "../api.js";
import { html } from "../html.js";
import { t } from "../texts.js";
import { Import } from "./import/upload.js";

export function Page() {
  return html`<h1>${t("import.title")}</h1>
    <${Import} />
    <section class="card" aria-labelledby="export">
      <h2 id="export">${t("export.title")}</h2>
      <p class="soft">${t("export.text")}</p>
      <div class="row">
        <a class="button" download href=${new URL("export/csv", BASE).href}>${t("export.csv")}</a>
        <a class="button" download href=${new URL("export/json", BASE).href}>${t("export.json")}</a>
      </div>
    </section>`;
}
