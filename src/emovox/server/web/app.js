/** The shell: views by the address's hash, theme, language, the notice of the first visit. */

import { bind, bindDocument, h } from "./elements.js";
import { language, loadWords, onLanguage, problem, setLanguage, t } from "./i18n.js";
import { recall, remember } from "./memory.js";
import { openNotice } from "./notice.js";

/**
 * A view is a module VIEW.js with
 *   mount(root)  draw into the empty section; called once, at the first visit;
 *   open(parts)  what follows the view's name in the hash, at every visit;
 * and the words VIEW.en.js and VIEW.zh.js. Its section stays while others are shown.
 */
const VIEWS = ["recognise", "corpora", "experiment", "models"];
const THEMES = ["auto", "light", "dark"];

const main = document.getElementById("main");
const mounted = new Map();

await Promise.all(["shell", "emotions", "problems"].map(loadWords));
bindDocument();
switches();
document.getElementById("notice-open").addEventListener("click", openNotice);
onLanguage(() => document.title && title(current().view));
// A file dropped beside its place must not replace the page.
for (const kind of ["dragover", "drop"]) {
  addEventListener(kind, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}
addEventListener("hashchange", () => show(true));
// Before the first request: where a token is wanted, its dialog waits until the notice is read.
if (!recall("notice-read")) openNotice();
await show(false);

function current() {
  const [view, ...parts] = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  return VIEWS.includes(view) ? { view, parts } : { view: VIEWS[0], parts: [] };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Show the view of the hash; `moved` also moves the focus, so that it is read out. */
async function show(moved) {
  const { view, parts } = current();
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const section of main.querySelectorAll(":scope > section")) {
    section.hidden = section.dataset.name !== view;
  }
  mounted.get(view) ?? mounted.set(view, mount(view));
  const module = await mounted.get(view);
  if (current().view !== view) return;
  title(view);
  await module?.open?.(parts);
  if (moved && !parts.length) main.focus({ preventScroll: true });
}

async function mount(view) {
  const section = h("section", { class: `view ${view}`, data: { name: view, test: `view-${view}` } });
  main.append(section);
  try {
    await loadWords(view);
    await style(view);
    const module = await import(`./${view}.js`);
    await module.mount(section);
    return module;
  } catch (error) {
    console.error(error);
    mounted.delete(view);
    section.replaceChildren(
      h("h1", { text: () => t(`shell.${view}`) }),
      h("p", { class: "warn", text: () => (error.code ? problem(error) : t("shell.viewFailed")) }));
    return null;
  }
}

/** A view's own style sheet, loaded before its first drawing. */
function style(view) {
  return new Promise((resolve) => {
    const link = h("link", { rel: "stylesheet", href: new URL(`${view}.css`, import.meta.url),
      onload: resolve, onerror: resolve });
    document.head.append(link);
  });
}

function title(view) {
  document.title = `${t(`shell.${view}`)} · emovox`;
}

function switches() {
  const theme = document.getElementById("theme-switch");
  const chosen = () => recall("theme") ?? document.documentElement.dataset.theme ?? "auto";
  const showTheme = () => {
    bind(theme, "text", () => t(`shell.theme-${chosen()}`));
    bind(theme, "aria-label", () => t("shell.themeSwitch", { theme: t(`shell.theme-${chosen()}`) }));
    bind(theme, "title", () => t("shell.themeSwitch", { theme: t(`shell.theme-${chosen()}`) }));
  };
  theme.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(chosen()) + 1) % THEMES.length];
    remember("theme", next);
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    showTheme();
  });
  showTheme();

  const tongue = document.getElementById("language-switch");
  bind(tongue, "text", () => (language() === "en" ? "中文" : "English"));
  bind(tongue, "lang", () => (language() === "en" ? "zh" : "en"));
  tongue.addEventListener("click", () => setLanguage(language() === "en" ? "zh" : "en"));
}
