// @ts-check
/**
 * How a file is sent to be imported. It goes without an idempotency key: imported again, a file changes nothing,
 * and an answer that the server need not keep names every row.
 */

import { ApiError, ask } from "../../api.js";

/**
 * What became of a file, or would; what is null the server does not tell.
 * @typedef {{format: string, activities: {created: number, updated: number} | null,
 *   entries: {created: number, updated: number, skipped: number},
 *   wearables: {accepted: number, duplicates: number, skipped: number} | null, details: Detail[]}} Report
 * @typedef {{row: number, part?: string, date?: string, activity?: string, status: string, reason?: string}} Detail
 * @typedef {{format: string, overwrite: boolean}} Options
 */

const LONGEST_MS = 1_800_000;

/** What the server can be told a file is. */
export const FORMATS = [
  "loop-db",
  "loop-csv",
  "habitbull",
  "tickmate-db",
  "rewire-db",
  "beaverhabits",
  "habitica",
  "apple-health",
  "fitbit",
  "health-connect",
  "activitywatch",
  "mosaic-csv",
  "mosaic-json",
];

/**
 * Return what an import would do; null if the server cannot tell.
 * @param {File} file
 * @param {Options} options
 * @returns {Promise<Report | null>}
 */
export async function tryFile(file, options) {
  const form = formOf(file, options);
  form.append("dry_run", "true");
  try {
    return await ask("POST", "imports", { form, timeout: LONGEST_MS });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/**
 * Import a file, and return what became of it.
 * @param {File} file
 * @param {Options} options
 * @returns {Promise<Report>}
 */
export async function importFile(file, options) {
  return ask("POST", "imports", { form: formOf(file, options), timeout: LONGEST_MS });
}

/**
 * Import a CSV file into a server that knows no other.
 * @param {File} file
 * @returns {Promise<Report>}
 */
export async function importCsv(file) {
  const form = new FormData();
  form.append("file", file);
  const { summary } = await ask("POST", "import_csv", { form, timeout: LONGEST_MS });
  const { details, ...entries } = summary;
  return { format: "mosaic-csv", activities: null, entries, wearables: null, details };
}

/**
 * @param {File} file
 * @param {Options} options
 */
function formOf(file, { format, overwrite }) {
  const form = new FormData();
  form.append("file", file);
  if (format !== "") form.append("format", format);
  if (overwrite) form.append("overwrite", "true");
  return form;
}
