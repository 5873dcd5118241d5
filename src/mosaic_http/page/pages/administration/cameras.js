// @ts-check
/** Cameras: a look at one, through a ticket, for an image cannot send who asks for it. */

import { BASE, ask } from "../../api.js";
import { html, useState } from "../../html.js";
import { useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { saidIn } from "../../parts/forms.js";
import { Failure } from "../../parts/states.js";
import { t } from "../../texts.js";

/** @typedef {{wanted: {url: string, username?: string, password?: string}, picture: string}} Watched */

export function Cameras() {
  const [watched, setWatched] = useState(/** @type {Watched | null} */ (null));
  const { isBusy, error, run, setError } = useAction();
  /** @param {Event} event */
  function show(event) {
    const wanted = wantedOf(saidIn(event));
    setWatched(null);
    void run(async () => setWatched({ wanted, picture: await address("stream-proxy", wanted) }));
  }
  async function explain() {
    if (watched === null) return;
    setWatched(null);
    await run(() => reasonFor(watched.wanted));
  }
  return html`<form class="card" onSubmit=${show}>
      <${Field} label=${t("cameras.url")} hint=${t("cameras.hint")} name="url" required maxlength="2048" placeholder="rtsp://192.0.2.7/live" spellcheck="false" />
      <div class="fields">
        <${Field} label=${t("cameras.username")} name="username" autocomplete="off" maxlength="256" />
        <${Field} label=${t("cameras.password")} name="password" type="password" autocomplete="off" maxlength="256" />
      </div>
      <div class="row">
        <button class="primary" disabled=${isBusy}>${t("cameras.show")}</button>
        ${watched !== null && html`<button type="button" onClick=${() => setWatched(null)}>${t("cameras.stop")}</button>`}
      </div>
    </form>
    ${error && html`<${Failure} error=${error} />`}
    ${watched !== null && html`<${Picture} watched=${watched} onFail=${explain} key=${watched.picture} />`}`;
}

/**
 * @param {{watched: Watched, onFail: () => void}} props
 */
function Picture({ watched, onFail }) {
  const [isThere, setThere] = useState(false);
  return html`<div class="card">
    ${!isThere && html`<p class="waiting" role="status">${t("cameras.opening")}</p>`}
    <img
      class="camera"
      src=${watched.picture}
      alt=${t("cameras.live", { host: watched.wanted.url.replace(/^.*?:\/\/(?:.*@)?/, "") })}
      onLoad=${() => setThere(true)}
      onError=${onFail}
    />
  </div>`;
}

/**
 * Return the address of the camera's pictures, which works once.
 * @param {"stream-proxy" | "stream-snapshot"} kind
 * @param {Watched["wanted"]} wanted
 */
async function address(kind, wanted) {
  const { ticket } = await ask("POST", "api/stream-ticket", { body: wanted });
  return new URL(`api/${kind}?${new URLSearchParams({ ticket })}`, BASE).href;
}

/**
 * Raise why there is no picture: an image does not tell.
 * @param {Watched["wanted"]} wanted
 */
async function reasonFor(wanted) {
  await ask("GET", await address("stream-snapshot", wanted));
  throw new Error(t("cameras.ended"));
}

/**
 * Return the camera that is asked for; what was not given may stand in its address.
 * @param {Record<string, string>} said
 * @returns {Watched["wanted"]}
 */
function wantedOf({ url, username, password }) {
  return { url, ...(username && { username }), ...(password && { password }) };
}
