/** What the browser remembers between visits; where it may not, the page works without. */

const PREFIX = "emovox-";

/** @returns {string|null} */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Storage is off: the choice holds for this visit.
  }
}
