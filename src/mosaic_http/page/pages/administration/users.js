// @ts-check
/** Everybody who has an account here. */

import { useAnswer } from "../../answers.js";
import { html } from "../../html.js";
import { Delete } from "../../parts/changes.js";
import { moment } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { currentUser } from "../../session.js";
import { t } from "../../texts.js";

export function Users() {
  return html`<${Told} of=${useAnswer("users")}>
    ${(/** @type {any[]} */ users) =>
      html`<ul class="list">
        ${users.map((one) => html`<${User} key=${one.id} user=${one} />`)}
      </ul>`}
  <//>`;
}

/**
 * @param {{user: import("../../session.js").User}} props
 */
function User({ user }) {
  const isSelf = user.id === currentUser().id;
  return html`<li class="item">
    <div class="what">
      <p class="row">
        <strong dir="auto">${user.display_name}</strong>
        ${user.is_admin && html`<span class="badge">${t("users.admin")}</span>`}
        ${isSelf && html`<span class="badge">${t("users.you")}</span>`}
      </p>
      <p class="soft small" dir="auto">${t("users.about", { username: user.username, id: String(user.id) })}</p>
      <p class="soft small">${t("users.since", { when: moment(user.created_at), zone: user.timezone })}</p>
    </div>
    ${!isSelf &&
    html`<${Delete} path="users/${user.id}" name=${user.username} question=${t("users.sure", { name: user.username })} />`}
  </li>`;
}
