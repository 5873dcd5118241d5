// @ts-check
/** Administration: people, backups, logs, health and cameras of this Mosaic, each under a heading of its own. */

import { html } from "../html.js";
import { to } from "../router.js";
import { t } from "../texts.js";
import { AuditLog } from "./administration/audit.js";
import { Backups } from "./administration/backups.js";
import { Cameras } from "./administration/cameras.js";
import { Health } from "./administration/health.js";
import { ServerLog } from "./administration/server_log.js";
import { Users } from "./administration/users.js";

/** @type {{name: string, title: import("../texts.js").Key, Part: () => any}[]} */
const PARTS = [
  { name: "users", title: "admin.users", Part: Users },
  { name: "backups", title: "admin.backups", Part: Backups },
  { name: "health", title: "admin.health", Part: Health },
  { name: "audit", title: "admin.audit", Part: AuditLog },
  { name: "log", title: "admin.log", Part: ServerLog },
  { name: "cameras", title: "admin.cameras", Part: Cameras },
];

/**
 * @param {{parts: string[]}} props
 */
export function Page({ parts }) {
  const shown = PARTS.find((one) => one.name === parts[0]) ?? PARTS[0];
  return html`<h1>${t("admin.title")}</h1>
    <nav class="segments" aria-label=${t("admin.title")}>
      ${PARTS.map(
        (one) => html`<a
          key=${one.name}
          href=${to("administration", one.name)}
          aria-current=${one === shown ? "true" : undefined}
        >
          ${t(one.title)}
        </a>`,
      )}
    </nav>
    <section class="stack" aria-labelledby="part">
      <h2 id="part">${t(shown.title)}</h2>
      <${shown.Part} key=${shown.name} />
    </section>`;
}
