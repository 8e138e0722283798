/** Tables as the command line writes them: commas, quotes where they are needed, LF. */

/** @param {string[][]} rows */
export function csv(rows) {
  return rows.map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

/** Text that no spreadsheet takes for a formula. */
export function cell(text) {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(value) {
  const text = String(value ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
