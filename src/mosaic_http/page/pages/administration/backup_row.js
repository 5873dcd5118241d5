// @ts-check
/** One backup: downloaded, or read as a whole to see whether it can be relied on. */

import { BASE, ask, newKey } from "../../api.js";
import { html, useEffect, useState } from "../../html.js";
import { useAction } from "../../parts/dialog.js";
import { Failure } from "../../parts/states.js";
import { moment, size } from "../../parts/times.js";
import { t } from "../../texts.js";

/** @typedef {{filename: string, created_at: string, size_bytes: number, sha256: string}} Backup */
/** @typedef {{verified: boolean, rows: number, reason: "damaged" | "newer" | "locked"}} Verdict */

export const LONGEST_MS = 600_000;

/**
 * @param {{backup: Backup}} props
 */
export function BackupRow({ backup: { filename, created_at, size_bytes, sha256 } }) {
  const [verdict, setVerdict] = useState(/** @type {Verdict | null} */ (null));
  const [leaving] = useState(() => new AbortController());
  const { isBusy, error, run } = useAction();
  useEffect(() => () => leaving.abort(), [leaving]);
  function verify() {
    if (isBusy) return;
    setVerdict(null);
    const asked = { key: newKey(), timeout: LONGEST_MS, signal: leaving.signal };
    void run(async () => setVerdict(await ask("POST", `backup/verify/${filename}`, asked)));
  }
  return html`<li class="item">
    <div class="what">
      <strong>${t("backups.of", { when: moment(created_at), size: size(size_bytes) })}</strong>
      <p class="soft hash">SHA-256 ${sha256}</p>
      <p role="status" class=${verdict?.verified === false ? "bad" : ""}>
        ${isBusy && t("backups.verifying")}${verdict && wordsFor(verdict)}
      </p>
      ${error && html`<${Failure} error=${error} />`}
    </div>
    <div class="row">
      <button
        class="plain"
        aria-label=${t("backups.verify.named", { name: filename })}
        aria-disabled=${isBusy ? "true" : undefined}
        onClick=${verify}
      >
        ${t("backups.verify")}
      </button>
      <${Downloads} filename=${filename} />
    </div>
  </li>`;
}

/** @param {Verdict} verdict */
function wordsFor({ verified, rows, reason }) {
  return verified ? t("backups.sound", { n: rows }) : t(`backups.${reason}`);
}

/**
 * The whole backup, and its parts for people.
 * @param {{filename: string}} props
 */
function Downloads({ filename }) {
  const stem = filename.replace(/\.zip$/, "");
  return ["zip", "json", "csv"].map((kind) => {
    const name = `${stem}.${kind}`;
    const address = new URL(`backup/download/${name}`, BASE).href;
    return html`<a key=${kind} class="button" href=${address} download=${name} aria-label="${kind.toUpperCase()} ${name}">${kind.toUpperCase()}</a>`;
  });
}
