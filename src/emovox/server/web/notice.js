/** What this is and is not: shown at the first visit and from the footer. */

import { h } from "./elements.js";
import { t } from "./i18n.js";
import { remember } from "./memory.js";

export function openNotice() {
  const close = () => dialog.close();
  const dialog = h("dialog",
    { class: "notice-dialog", "aria-labelledby": "notice-title", data: { test: "notice" } },
    h("h2", { id: "notice-title", text: () => t("shell.noticeTitle") }),
    h("p", { text: () => t("shell.noticeVoice") }),
    h("p", { text: () => t("shell.noticeBanned") }),
    h("p", { text: () => t("shell.noticeTold") }),
    h("p", { text: () => t("shell.noticeKept") }),
    h("p", { class: "actions" },
      h("button", { type: "button", class: "primary", onclick: close, data: { test: "notice-close" },
        text: () => t("shell.noticeClose") })));
  dialog.addEventListener("close", () => {
    remember("notice-read", "yes");
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}
