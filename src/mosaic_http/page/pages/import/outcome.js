// @ts-check
/** What came of a file, or would: how many of each kind, and what is left out and why. */

import { html } from "../../html.js";
import { t } from "../../texts.js";

const MOST_SHOWN = 200;

/**
 * @param {{report: import("./sending.js").Report, isDone: boolean}} props
 */
export function Outcome({ report, isDone }) {
  const left = report.details.filter((one) => one.status === "skipped");
  return html`<p role="status">
      <strong>${t(isDone ? "import.done" : "import.would")}</strong>${" "}
      <span class="soft">${t("import.recognised", { format: report.format })}</span>
    </p>
    ${!isDone && isNothingNew(report) && html`<p class="notice">${t("import.nothing")}</p>`}
    <dl class="figures">
      ${countsOf(report).map(([name, counts]) => html`<div key=${name}><dt>${t(name)}</dt><dd>${counts || "–"}</dd></div>`)}
    </dl>
    ${left.length > 0 && html`<${Left} details=${left} />`}`;
}

/**
 * @param {{details: import("./sending.js").Detail[]}} props
 */
function Left({ details }) {
  const more = details.length - MOST_SHOWN;
  return html`<details>
    <summary>${t("import.left", { n: details.length })}</summary>
    <ul class="items">
      ${details.slice(0, MOST_SHOWN).map(
        (one, at) => html`<li key=${at} class="item">
          <div class="what">
            <p class="soft small" dir="auto">
              ${[one.part, t("import.row", { row: String(one.row) }), one.date, one.activity].filter(Boolean).join(" · ")}
            </p>
            <p lang="en" dir="auto">${one.reason}</p>
          </div>
        </li>`,
      )}
    </ul>
    ${more > 0 && html`<p class="soft">${t("import.more", { n: more })}</p>`}
  </details>`;
}

/**
 * Return what is counted of each kind, in words.
 * @param {import("./sending.js").Report} report
 * @returns {[import("../../texts.js").Key, string][]}
 */
function countsOf({ activities, entries, wearables }) {
  const { accepted = 0, duplicates = 0, skipped = 0 } = wearables ?? {};
  return [
    ["import.activities", counted(activities ?? {})],
    ["import.entries", counted(entries)],
    ["import.wearables", counted({ created: accepted, known: duplicates, skipped })],
  ];
}

/**
 * @param {{created?: number, updated?: number, known?: number, skipped?: number}} counts
 */
function counted({ created, updated, known, skipped }) {
  return [
    created && t("import.created", { n: created }),
    updated && t("import.updated", { n: updated }),
    known && t("import.known", { n: known }),
    skipped && t("import.skipped", { n: skipped }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * @param {import("./sending.js").Report} report
 */
function isNothingNew({ activities, entries, wearables }) {
  const changes = [activities?.created, activities?.updated, entries.created, entries.updated, wearables?.accepted];
  return changes.every((count) => !count);
}
