// @ts-check
/** The start of the page. */

import { BASE } from "./api.js";
import { html, render } from "./html.js";
import * as outbox from "./outbox.js";
import * as session from "./session.js";
import { Shell } from "./shell.js";
import { formatter, loadTexts, t } from "./texts.js";
import { applyTheme } from "./theme.js";
import { say } from "./toasts.js";

async function start() {
  applyTheme();
  await loadTexts();
  const root = /** @type {HTMLElement} */ (document.getElementById("page"));
  root.replaceChildren();
  render(html`<${Shell} />`, root);
  setTimeout(() => formatter(Intl.DateTimeFormat)); // the first of all takes 15 ms: not while a page is drawn
  await Promise.all([session.start(), outbox.start()]);
  await serveOffline();
}

/** Have the browser keep the page itself. It does so over HTTPS, and on the machine that Mosaic runs on. */
async function serveOffline() {
  if (!("serviceWorker" in navigator)) return;
  const workers = navigator.serviceWorker;
  const hadOne = workers.controller !== null;
  workers.addEventListener("controllerchange", () => {
    if (hadOne) location.reload();
  });
  const registered = await workers
    .register(new URL("app/service-worker.js", BASE), { scope: new URL("app", BASE).pathname })
    .catch(() => undefined);
  if (registered === undefined) return;
  const offer = () => {
    if (registered.waiting === null || !hadOne) return;
    say(t("page.newer"), {
      kind: "failed",
      action: { text: t("page.reload"), run: () => registered.waiting?.postMessage("take over") },
    });
  };
  offer();
  registered.addEventListener("updatefound", () => {
    registered.installing?.addEventListener("statechange", offer);
  });
}

void start();
