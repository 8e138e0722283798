/** How the folds are cut: the protocol and its options. */

import { field, menu, numberInput, numberOf, part, titleOf } from "./experiment-fields.js";
import { bind, fill, h } from "./elements.js";
import { has, t } from "./i18n.js";

/** What the honest protocols are called first. */
const FIRST = ["speaker", "speaker+sentence", "sentence", "session", "emobox", "cross-corpus"];

export function protocolPart({ choices, changed }) {
  const order = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  const protocols = [...choices.protocols].sort((one, other) => order(one.name) - order(other.name));
  const select = menu(protocols.map(({ name }) => ({ value: name, label: () => name })));
  const which = field({ label: () => t("experiment.protocol"), control: select, test: "protocol" });
  const options = h("div", { class: "fields" });
  let fields = [];
  const crossed = h("p", { class: "note", text: () => t("experiment.crossed") });
  const element = part(() => t("experiment.protocolTitle"), which.element, crossed, options);
  select.value = "speaker";
  select.addEventListener("change", drawOptions);
  element.addEventListener("change", changed);
  element.addEventListener("input", changed);
  drawOptions();
  setAcross(false);

  function chosen() {
    return protocols.find(({ name }) => name === select.value);
  }

  function describe() {
    const protocol = chosen();
    if (!protocol) return "";
    const apart = protocol.separates.map((kind) => t(`experiment.kinds.${kind}`));
    const said = titleOf("protocol", protocol);
    const kept = apart.length
      ? t("experiment.keepsApart", { kinds: apart.join(t("experiment.comma")) })
      : t("experiment.keepsNothingApart");
    return `${said[0]?.toUpperCase() ?? ""}${said.slice(1)}${t("experiment.stop")}${kept}`;
  }

  function drawOptions() {
    fields = (chosen()?.options ?? []).filter(({ name }) => name !== "seed" && name !== "train" && name !== "test")
      .map((option) => [option, control(option)]);
    fill(options, ...fields.map(([, each]) => each.element));
    bind(which.note, "text", describe);
    which.note.classList.toggle("warn", chosen()?.separates.length === 0);
  }

  function control(option) {
    const { name, kind, default: standard, choices: allowed } = option;
    const test = `option-${name}`;
    const key = `experiment.option.${name}`;
    const label = () => (has(key) ? t(key) : name.replaceAll("_", " "));
    if (allowed?.length) {
      const input = menu(allowed.map((value) => ({ value, label: () => String(value) })));
      if (standard !== null) input.value = standard;
      return field({ label, control: input, test });
    }
    const isWhole = kind === "integer" || kind === "int";
    const input = numberInput({ min: isWhole ? 2 : 0.01, max: isWhole ? null : 0.99, step: isWhole ? 1 : "any",
      placeholder: () => (standard === null ? t("experiment.automatic") : String(standard)) });
    return field({ label, control: input, test });
  }

  function setAcross(across) {
    which.element.hidden = options.hidden = across;
    crossed.hidden = !across;
    element.dataset.across = across;
  }

  function read() {
    if (element.dataset.across === "true") return { protocol: "cross-corpus", protocol_options: {} };
    const given = {};
    for (const [{ name, default: standard, choices: allowed }, { control: input }] of fields) {
      const value = allowed?.length ? input.value : numberOf(input);
      if (value !== null && value !== undefined && value !== standard) given[name] = value;
    }
    return { protocol: select.value, protocol_options: given };
  }

  function write({ protocol, protocol_options: given = {} }) {
    if (protocols.some(({ name }) => name === protocol)) select.value = protocol;
    drawOptions();
    for (const [{ name }, { control: input }] of fields) {
      if (given?.[name] !== undefined && given[name] !== null) input.value = given[name];
    }
  }

  function valid() {
    let all = true;
    if (element.dataset.across === "true") return all;
    for (const [{ choices: allowed }, each] of fields) {
      const wrong = !allowed?.length && numberOf(each.control) === undefined;
      each.setError(wrong ? () => t("experiment.badNumber") : null);
      all &&= !wrong;
    }
    return all;
  }

  return { element, read, write, check: valid, setAcross };
}
