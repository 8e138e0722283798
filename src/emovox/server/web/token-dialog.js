/** The form that asks for the server's token; the server keeps it in a cookie, the page nowhere. */

import { h } from "./elements.js";
import { problem, t } from "./i18n.js";

let asked = null;

/** Ask; requests that need the token at the same time wait for the same dialog. */
export function askForToken() {
  asked ??= alone().then(open).finally(() => {
    asked = null;
  });
  return asked;
}

/** Wait until no other dialog is open. */
function alone() {
  const other = document.querySelector("dialog[open]");
  if (!other) return Promise.resolve();
  return new Promise((resolve) => other.addEventListener("close", () => resolve(alone()), { once: true }));
}

function open() {
  return new Promise((resolve) => {
    let isIn = false;
    const field = h("input", {
      type: "password", id: "token", name: "token", autocomplete: "current-password", required: true,
      "aria-describedby": "token-problem", data: { test: "token" },
    });
    const said = h("p", { class: "warn", id: "token-problem", role: "alert" });
    const send = async (event) => {
      event.preventDefault();
      said.textContent = "";
      const failure = await tried(field.value.trim());
      if (failure) {
        said.textContent = failure;
        field.select();
        return;
      }
      isIn = true;
      dialog.close();
      dialog.remove();
      resolve();
    };
    const dialog = h("dialog", { class: "notice-dialog", "aria-labelledby": "token-title" },
      h("form", { onsubmit: send },
        h("h2", { id: "token-title", text: () => t("shell.tokenTitle") }),
        h("p", { text: () => t("shell.tokenExplained") }),
        h("label", { for: "token", text: () => t("shell.tokenLabel") }),
        field,
        said,
        h("p", { class: "actions" },
          h("button", { type: "submit", class: "primary", text: () => t("shell.tokenSend"),
            data: { test: "token-send" } })),
      ));
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    // A second Escape closes it all the same; without a token nothing can go on.
    dialog.addEventListener("close", () => isIn || dialog.showModal());
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** @returns {Promise<string|null>} why the token was refused, or null */
async function tried(token) {
  try {
    const response = await fetch("/page/api/session", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    if (response.ok) return null;
    if (response.status === 401 || response.status === 403) return t("shell.tokenWrong");
    return problem(await response.json());
  } catch {
    return problem({ code: "offline" });
  }
}
