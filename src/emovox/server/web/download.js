/** Files made in the browser. */

/** Let the browser save text under a name. */
export function download(name, text, type = "text/plain") {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Name of a recording without its folders and ending, for the file that is made of it. */
export function stem(name) {
  return name.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "") || "recording";
}
