/** Markup of the server as elements, past a policy that allows no style attribute and no script. */

const FORBIDDEN = "script, style, link, meta, base, iframe, object, embed, form, input, button";
const SAFE_ADDRESS = /^(https?:|mailto:|#|data:image\/png;base64,|[\w./-]*$)/i;

/**
 * Parse markup: scripts, handlers and unsafe addresses are left out, styles are set by CSSOM.
 *
 * @param {string} markup
 * @returns {DocumentFragment}
 */
export function parse(markup) {
  const template = document.createElement("template");
  // As an attribute the policy would refuse the style; `html()` of the report escapes quotes in text.
  template.innerHTML = markup.replace(/(<[^<>]*?\s)style="/g, '$1data-style="');
  for (const element of template.content.querySelectorAll(FORBIDDEN)) element.remove();
  for (const element of template.content.querySelectorAll("*")) clean(element);
  return template.content;
}

function clean(element) {
  for (const { name, value } of [...element.attributes]) {
    const address = name === "href" || name === "src" || name === "xlink:href";
    if (name.startsWith("on") || (address && !SAFE_ADDRESS.test(value.trim()))) {
      element.removeAttribute(name);
    }
  }
  if (element.localName === "a" && /^https?:/i.test(element.getAttribute("href") ?? "")) {
    element.rel = "noopener noreferrer";
    element.target = "_blank";
  }
  if (element.dataset?.style !== undefined) {
    for (const rule of element.dataset.style.split(";")) {
      const [property, value] = rule.split(":");
      if (value) element.style.setProperty(property.trim(), value.trim());
    }
    delete element.dataset.style;
  }
}
