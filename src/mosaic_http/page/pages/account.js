// @ts-check
/** Account: who one is here, and what may act in one's name. */

import { html } from "../html.js";
import { t } from "../texts.js";
import { Leave } from "./account/leave.js";
import { Password } from "./account/password.js";
import { Profile } from "./account/profile.js";
import { Sessions } from "./account/sessions.js";
import { Tokens } from "./account/tokens.js";
import { Webhooks } from "./account/webhooks.js";

export function Page() {
  return html`<h1>${t("account.title")}</h1>
    <${Profile} /><${Password} /><${Sessions} /><${Tokens} /><${Webhooks} /><${Leave} />`;
}
