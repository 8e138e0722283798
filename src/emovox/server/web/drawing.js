/** Drawings: all of them come from the server's report module, so that there is one way to draw each. */

import { fill } from "./elements.js";
import { parse } from "./markup.js";

/**
 * Put a drawing into an element, or nothing where there is none.
 *
 * Its colours are variables of the theme: a change of theme needs no new drawing.
 *
 * @param {Element} element
 * @param {string|null|undefined} markup
 */
export function setDrawing(element, markup) {
  if (markup) fill(element, parse(markup));
  else element.replaceChildren();
}
