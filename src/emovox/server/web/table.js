/**
 * The table of the page: sorted by its headers, searched and filtered, reached by keyboard, paged.
 *
 *     const table = createTable({
 *       name: "recordings",                       // data-test="table-recordings"
 *       caption: () => t("..."),                  // read out; not shown
 *       columns: [{
 *         key: "name", title: () => t("..."),
 *         value: (row) => row.name,               // what is sorted, searched and chosen by
 *         text: (row) => "...",                   // what is shown; value where it is left out
 *         cell: (row) => Node,                    // instead of text
 *         kind: "words" | "figure",               // words begin, figures end in one column
 *         long: true,                             // may break into lines
 *         choices: true,                          // a menu of its values filters the rows
 *         choice: (value) => "...",               // how a value reads in that menu
 *         search: true,                           // the search field looks here
 *       }],
 *       key: (row) => row.id,
 *       open: (row) => {},                        // a row was chosen: click, or Enter
 *       selectable: true,                         // boxes; table.selected() and selectionChanged
 *       empty: () => t("..."),
 *     });
 *     parent.append(table.element); table.setRows(rows); table.update(row); table.refresh();
 */

import { bind, fill, h } from "./elements.js";
import { onLanguage, t } from "./i18n.js";
import { tableControls } from "./table-controls.js";

const PAGE_ROWS = 100;

export function createTable(options) {
  const { columns, key, open, selectable = false, name = "rows" } = options;
  const state = {
    rows: [], shown: [], page: 0, current: null,
    sort: options.sort ?? null, descending: options.descending ?? false, selected: new Set(),
  };
  const drawn = new Map();
  let waiting = false;

  const head = h("tr");
  const body = h("tbody", { onkeydown: move, onclick: clicked });
  const count = h("span", { class: "soft", data: { test: `count-${name}` } });
  const pager = h("div", { class: "pager" });
  const controls = tableControls(options, () => {
    state.page = 0;
    refresh();
  });
  const element = h("div", { class: "table", data: { test: `table-${name}` } },
    h("div", { class: "table-controls" }, controls.element, count),
    h("div", { class: "scroll table-rows", tabindex: "0", role: "region", "aria-label": options.caption },
      h("table", { class: "sticky wide" },
        h("caption", { class: "unseen", text: options.caption }),
        h("thead", {}, head), body)),
    pager);
  drawHead();
  onLanguage(refresh);

  /** Give all rows anew. */
  function setRows(rows) {
    state.rows = rows;
    const known = new Set(rows.map(key));
    for (const id of state.selected) if (!known.has(id)) state.selected.delete(id);
    controls.setRows(rows);
    refresh();
  }

  /** One row has changed: its cells are drawn again, its place at the next moment. */
  function update(row) {
    const old = drawn.get(key(row));
    if (old) {
      const fresh = drawRow(row);
      const focused = old.contains(document.activeElement);
      old.replaceWith(fresh);
      drawn.set(key(row), fresh);
      if (focused) fresh.querySelector("button.open")?.focus({ preventScroll: true });
    }
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      controls.setRows(state.rows);
      refresh();
    }, 300);
  }

  /** Filter, sort and draw anew, also in another language. */
  function refresh() {
    state.shown = sorted(state.rows.filter(controls.matches));
    const pages = Math.max(1, Math.ceil(state.shown.length / PAGE_ROWS));
    state.page = Math.min(state.page, pages - 1);
    const focused = document.activeElement?.closest("tr")?.dataset.key;
    drawn.clear();
    const rows = state.shown.slice(state.page * PAGE_ROWS, (state.page + 1) * PAGE_ROWS);
    body.replaceChildren(
      ...rows.map((row) => {
        const line = drawRow(row);
        drawn.set(key(row), line);
        return line;
      }),
    );
    if (!rows.length) body.append(emptyRow());
    if (focused && body.isConnected) {
      const again = [...body.rows].find((line) => line.dataset.key === focused);
      again?.querySelector("button.open")?.focus({ preventScroll: true });
    }
    bind(count, "text", () =>
      state.shown.length === state.rows.length
        ? t("shell.tableCount", { n: state.rows.length })
        : t("shell.tableCountOf", { n: state.shown.length, all: state.rows.length }));
    drawPager(pages);
    markSort();
    options.shownChanged?.(state.shown);
  }

  /** Set the menus: {column: value}; those that are not named show all. */
  function filter(chosen) {
    controls.choose(chosen);
    state.page = 0;
    refresh();
  }

  /** Mark the row that is open beside or below the table. */
  function setCurrent(id) {
    state.current = id === null ? null : String(id);
    for (const [known, line] of drawn) {
      markCurrent(line, String(known) === state.current);
    }
  }

  function drawHead() {
    const box = selectable && h("th", { scope: "col", class: "box" },
      h("input", { type: "checkbox", "aria-label": () => t("shell.tableSelectAll"),
        onchange: (event) => selectShown(event.target.checked), data: { test: `select-all-${name}` } }));
    fill(head, box, ...columns.map((column) =>
      h("th", { scope: "col", class: classes(column), data: { column: column.key } },
        column.title && h("button", { type: "button", class: "sort", text: column.title,
          onclick: () => sortBy(column), data: { test: `sort-${column.key}` } }))));
  }

  function drawRow(row) {
    const id = String(key(row));
    const line = h("tr", { data: { key: id, test: "row" } });
    markCurrent(line, id === state.current);
    if (selectable) {
      const box = h("input", { type: "checkbox", "aria-label": () => t("shell.tableSelect"),
        onchange: (event) => select(row, event.target.checked) });
      box.checked = state.selected.has(key(row));
      line.append(h("td", { class: "box" }, box));
    }
    columns.forEach((column, place) => {
      const content = column.cell?.(row) ?? String((column.text ?? column.value)(row) ?? "");
      const cell = place === 0 ? h("th", { scope: "row" }) : h("td", { class: classes(column) });
      if (place === 0 && open) cell.append(h("button", { type: "button", class: "open" }, content));
      else cell.append(content);
      line.append(cell);
    });
    return line;
  }

  function emptyRow() {
    const said = state.rows.length ? t("shell.tableNoMatch") : (options.empty?.() ?? "");
    const span = columns.length + (selectable ? 1 : 0);
    return h("tr", { class: "empty" }, h("td", { colspan: span, class: "words soft", text: said }));
  }

  function drawPager(pages) {
    pager.hidden = pages === 1;
    if (pager.hidden) return;
    const step = (label, by, test) =>
      h("button", { type: "button", text: () => t(label), disabled: !inRange(state.page + by, pages),
        onclick: () => turn(by), data: { test } });
    fill(pager,
      step("shell.tablePrevious", -1, `previous-${name}`),
      h("span", { class: "soft", text: () => t("shell.tablePage", { n: state.page + 1, all: pages }) }),
      step("shell.tableNext", 1, `next-${name}`));
  }

  function turn(by) {
    state.page += by;
    refresh();
    body.closest(".scroll").scrollTop = 0;
    pager.querySelector(by > 0 ? "button:last-child" : "button")?.focus();
  }

  function sortBy(column) {
    state.descending = state.sort === column.key ? !state.descending : column.kind === "figure";
    state.sort = column.key;
    refresh();
  }

  function markSort() {
    for (const cell of head.querySelectorAll("th[data-column]")) {
      const here = cell.dataset.column === state.sort;
      if (here) cell.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  }

  function sorted(rows) {
    const column = columns.find(({ key: columnKey }) => columnKey === state.sort);
    if (!column) return rows;
    const sign = state.descending ? -1 : 1;
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    return rows
      .map((row) => [column.value(row), row])
      .sort(([one], [other]) => {
        // What has no value stands last, whichever way it is sorted.
        if (isNothing(one) || isNothing(other)) return isNothing(one) - isNothing(other);
        if (typeof one === "number" && typeof other === "number") return sign * (one - other);
        return sign * compare(String(one), String(other));
      })
      .map(([, row]) => row);
  }

  function clicked(event) {
    if (!open || event.target.closest("input, a, button:not(.open), audio")) return;
    const row = rowOf(event.target.closest("tr"));
    if (row && !String(getSelection())) choose(row);
  }

  function choose(row) {
    setCurrent(key(row));
    open(row);
  }

  /** Arrows, Home and End go from row to row. */
  function move(event) {
    const line = event.target.closest("tr");
    const targets = {
      ArrowDown: line?.nextElementSibling, ArrowUp: line?.previousElementSibling,
      Home: body.firstElementChild, End: body.lastElementChild,
    };
    const target = targets[event.key]?.querySelector("button.open");
    if (!target) return;
    event.preventDefault();
    target.focus();
  }

  function rowOf(line) {
    return line && state.shown.find((row) => String(key(row)) === line.dataset.key);
  }

  function select(row, chosen) {
    if (chosen) state.selected.add(key(row));
    else state.selected.delete(key(row));
    options.selectionChanged?.(selected());
  }

  function selectShown(chosen) {
    for (const row of state.shown) {
      if (chosen) state.selected.add(key(row));
      else state.selected.delete(key(row));
    }
    refresh();
    options.selectionChanged?.(selected());
  }

  function selected() {
    return state.rows.filter((row) => state.selected.has(key(row)));
  }

  return { element, setRows, update, refresh, filter, setCurrent, selected, shown: () => state.shown };
}

function markCurrent(line, isCurrent) {
  if (isCurrent) line.setAttribute("aria-current", "true");
  else line.removeAttribute("aria-current");
}

function classes(column) {
  return [column.kind === "words" && "words", column.long && "long"].filter(Boolean).join(" ") || null;
}

function isNothing(value) {
  return value === null || value === undefined || value === "";
}

function inRange(page, pages) {
  return page >= 0 && page < pages;
}
