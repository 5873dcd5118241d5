// @ts-check
/** The name that is shown, the time zone, and when a day begins. */

import { renew } from "../../answers.js";
import { html, useId } from "../../html.js";
import { useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { saidIn } from "../../parts/forms.js";
import { Failure } from "../../parts/states.js";
import { changeUser, session } from "../../session.js";
import { useSignal } from "../../signals.js";
import { t } from "../../texts.js";
import { say } from "../../toasts.js";

export function Profile() {
  const user = useSignal(session).user;
  const { isBusy, error, run } = useAction();
  const zones = useId();
  /** @param {Event} event */
  async function save(event) {
    const said = saidIn(event);
    const went = await run(async () => {
      await changeUser(said);
      await renew();
    });
    if (went) say(t("saved"));
  }
  return html`<form class="card" onSubmit=${save}>
    <h2>${t("account.profile")}</h2>
    <p class="soft" dir="auto">${t("account.username", { name: user?.username ?? "" })}</p>
    <div class="fields">
      <${Field} label=${t("account.name")} name="display_name" dir="auto" maxlength="120" autocomplete="name" defaultValue=${user?.display_name} />
      <${Field} label=${t("account.zone")} name="timezone" required list=${zones} autocomplete="off" defaultValue=${user?.timezone} />
      <${Field}
        label=${t("account.dayStart")}
        hint=${t("account.dayStart.hint")}
        name="day_start"
        type="time"
        required
        min="00:00"
        max="12:00"
        defaultValue=${user?.day_start}
      />
    </div>
    <datalist id=${zones}>${Intl.supportedValuesOf("timeZone").map((one) => html`<option key=${one} value=${one} />`)}</datalist>
    ${error && html`<${Failure} error=${error} />`}
    <div class="row"><button disabled=${isBusy}>${t("save")}</button></div>
  </form>`;
}
