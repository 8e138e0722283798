/** What stands above a table: a search field, by words or by regular expression, and menus. */

import { bind, fill, h } from "./elements.js";
import { t } from "./i18n.js";

/**
 * @param {object} options  Those of the table.
 * @param {() => void} changed  Called when other rows match.
 */
export function tableControls({ columns, name }, changed) {
  const searched = columns.filter((column) => column.search);
  const menus = columns.filter((column) => column.choices).map((column) => menu(column, changed));
  let matchesText = () => true;

  const field = h("input", { type: "search", placeholder: () => t("shell.tableSearch"),
    "aria-label": () => t("shell.tableSearch"), oninput: read, data: { test: `search-${name}` } });
  const regex = h("input", { type: "checkbox", onchange: read, data: { test: `regex-${name}` } });
  const said = h("span", { class: "warn", role: "alert" });
  const element = h("div", { class: "filters" },
    searched.length && field,
    searched.length && h("label", { class: "check" }, regex,
      h("span", { text: () => t("shell.tableRegex") })),
    ...menus.map((each) => each.element),
    said);

  function read() {
    bind(said, "text", "");
    const wanted = field.value.trim();
    matchesText = () => true;
    if (wanted) {
      try {
        const test = regex.checked ? expression(wanted) : words(wanted);
        matchesText = (row) => test(searched.map((column) => column.value(row) ?? "").join("\n"));
      } catch {
        bind(said, "text", () => t("shell.tableBadRegex"));
      }
    }
    changed();
  }

  return {
    element,
    matches: (row) => matchesText(row) && menus.every((each) => each.matches(row)),
    setRows: (rows) => menus.forEach((each) => each.setRows(rows)),
    choose: (chosen) => menus.forEach((each) => each.choose(chosen[each.key] ?? "")),
  };
}

function expression(pattern) {
  const compiled = new RegExp(pattern, "imu");
  return (text) => compiled.test(text);
}

function words(wanted) {
  const parts = wanted.toLowerCase().split(/\s+/);
  return (text) => parts.every((part) => text.toLowerCase().includes(part));
}

/** A menu of the values of a column that filters by one of them. */
function menu(column, changed) {
  const select = h("select", { "aria-label": column.title, onchange: changed,
    data: { test: `filter-${column.key}` } });
  let known = "";

  function setRows(rows) {
    const values = [...new Set(rows.map(column.value).filter(Boolean).map(String))].sort();
    if (values.join("\n") === known && select.options.length) return;
    known = values.join("\n");
    const chosen = select.value;
    fill(select,
      h("option", { value: "", text: () => t("shell.tableAll", { column: column.title() }) }),
      ...values.map((value) => h("option", { value, text: () => column.choice?.(value) ?? value })));
    if (values.includes(chosen)) select.value = chosen;
    select.hidden = values.length < 2;
  }

  setRows([]);
  /** Set the menu; a value that it does not have stands for all. */
  function choose(value) {
    select.value = [...select.options].some((option) => option.value === value) ? value : "";
  }

  return { element: select, key: column.key, setRows, choose,
    matches: (row) => !select.value || String(column.value(row)) === select.value };
}
