/** A question before what cannot be undone. */

import { h } from "./elements.js";
import { t } from "./i18n.js";

/**
 * @param {{title: () => string, text: () => string, yes: () => string, test: string}} options
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, yes, test }) {
  return new Promise((resolve) => {
    const answer = (value) => () => {
      dialog.returnValue = value;
      dialog.close(value);
    };
    const dialog = h("dialog", { "aria-labelledby": "confirm-title", data: { test } },
      h("h2", { id: "confirm-title", text: title }),
      h("p", { text }),
      h("p", { class: "actions" },
        h("button", { type: "button", onclick: answer(""), autofocus: true, text: () => t("shell.cancel"),
          data: { test: `${test}-no` } }),
        h("button", { type: "button", class: "primary", onclick: answer("yes"), text: yes,
          data: { test: `${test}-yes` } })));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
