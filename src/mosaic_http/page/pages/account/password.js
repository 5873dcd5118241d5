// @ts-check
/** A new password. */

import { ApiError } from "../../api.js";
import { html } from "../../html.js";
import { change } from "../../parts/changes.js";
import { useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { saidIn } from "../../parts/forms.js";
import { Failure } from "../../parts/states.js";
import { currentUser } from "../../session.js";
import { t } from "../../texts.js";
import { say } from "../../toasts.js";

export function Password() {
  const { isBusy, error, run } = useAction();
  const isWrong = error instanceof ApiError && error.code === "invalid_credentials";
  /** @param {Event} event */
  async function save(event) {
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const { current_password, password } = saidIn(event);
    const body = { current_password, password };
    if (!(await run(() => change("PATCH", "user", body)))) return;
    form.reset();
    say(t("password.changed"));
  }
  return html`<form class="card" onSubmit=${save}>
    <h2>${t("password.title")}</h2>
    <input class="unseen" name="username" autocomplete="username" value=${currentUser().username} readonly tabindex="-1" aria-hidden="true" />
    <div class="fields">
      <${Field}
        label=${t("password.current")}
        wrong=${isWrong ? t("password.wrong") : null}
        name="current_password"
        type="password"
        autocomplete="current-password"
        required
      />
      <${Field}
        label=${t("password.new")}
        hint=${t("password.hint")}
        name="password"
        type="password"
        autocomplete="new-password"
        required
        minlength="8"
        maxlength="1024"
      />
    </div>
    ${error && !isWrong && html`<${Failure} error=${error} />`}
    <div class="row"><button disabled=${isBusy}>${t("password.change")}</button></div>
  </form>`;
}
