// @ts-check
/** What is set in this browser alone, and the way out. */

import { html, useState } from "../html.js";
import { outbox } from "../outbox.js";
import { Question } from "../parts/dialog.js";
import { Segments } from "../parts/field.js";
import { currentUser, logOut } from "../session.js";
import { useSignal } from "../signals.js";
import { LANGUAGES, choose, language, t } from "../texts.js";
import { chooseTheme, theme } from "../theme.js";

export function Page() {
  const [shown, setShown] = useState(theme());
  const languages = Object.entries(LANGUAGES).map(([code, { name }]) => [code, name]);
  return html`<h1>${t("settings.title")}</h1>
    <section class="card">
      <h2>${t("settings.language")}</h2>
      <${Segments} label=${t("settings.language")} value=${language} choices=${languages} onChoose=${choose} />
    </section>
    <section class="card">
      <h2>${t("settings.theme")}</h2>
      <${Segments}
        label=${t("settings.theme")}
        value=${shown}
        choices=${[
          ["system", t("settings.theme.system")],
          ["light", t("settings.theme.light")],
          ["dark", t("settings.theme.dark")],
        ]}
        onChoose=${(/** @type {import("../theme.js").Theme} */ wanted) => {
          chooseTheme(wanted);
          setShown(wanted);
        }}
      />
    </section>
    <${Leave} />`;
}

function Leave() {
  const [isAsking, setAsking] = useState(false);
  const waiting = useSignal(outbox).length;
  const text = [t("settings.logout.text"), waiting > 0 && t("settings.logout.waiting", { n: waiting })];
  return html`<section class="card">
    <p dir="auto">${t("settings.who", { name: currentUser().display_name })}</p>
    <div class="row"><button onClick=${() => setAsking(true)}>${t("settings.logout")}</button></div>
    ${isAsking &&
    html`<${Question}
      title=${t("settings.logout")}
      text=${text.filter(Boolean).join(" ")}
      yes=${t("settings.logout")}
      onYes=${logOut}
      onClose=${() => setAsking(false)}
    />`}
  </section>`;
}
