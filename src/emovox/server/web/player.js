/** Drawings over time with a cursor: a click plays from there; arrows seek, space plays and pauses. */

import { bind, h } from "./elements.js";
import { setDrawing } from "./drawing.js";
import { t } from "./i18n.js";
import { scaleMenu } from "./spectrogram-scale.js";

/**
 * @returns {{element: HTMLElement, keys: (event: KeyboardEvent) => boolean,
 *   setSource: (source: File|Blob|string|null, length_s: number) => void,
 *   setDrawings: (markups: (string|null)[]) => void, playFrom: (seconds: number) => void,
 *   stop: () => void}}
 */
export function createPlayer() {
  const audio = new Audio();
  audio.preload = "metadata";
  let address = null;
  let length_s = 0;
  let wanted = 0;
  let frame = 0;

  const button = h("button", { type: "button", class: "play", onclick: toggle, data: { test: "play" } });
  const time = h("span", { class: "time", data: { test: "time" } });
  const said = h("span", { class: "warn", data: { test: "play-problem" } });
  const cursor = h("div", { class: "cursor" });
  const hover = h("div", { class: "hover", hidden: true });
  const hoverTime = h("span", {});
  hover.append(hoverTime);
  const scrubber = h("div", { class: "scrubber", role: "slider", tabindex: "0",
    "aria-label": () => t("shell.position"), "aria-valuemin": "0", data: { test: "scrubber" } },
  cursor, hover);
  const stack = h("div", { class: "stack" });
  const plot = h("div", { class: "timeplot", onpointerdown: pressed, onpointermove: moved,
    onpointerleave: () => { hover.hidden = true; } }, stack, scrubber);
  const element = h("div", { class: "player", data: { test: "player" } },
    plot, h("div", { class: "transport" }, button, time, said, scaleMenu()));

  audio.addEventListener("play", () => { label(); run(); });
  audio.addEventListener("pause", () => { label(); place(); });
  audio.addEventListener("ended", () => { wanted = 0; audio.currentTime = 0; });
  audio.addEventListener("seeked", place);
  audio.addEventListener("error", refused);
  label();

  function setSource(source, seconds) {
    stop();
    if (address) URL.revokeObjectURL(address);
    address = source instanceof Blob ? URL.createObjectURL(source) : null;
    length_s = seconds;
    wanted = 0;
    bind(said, "text", "");
    button.disabled = !source;
    if (source) audio.src = address ?? source;
    else audio.removeAttribute("src");
    place();
  }

  /** Drawings from above to below; the last one is the axis of all. */
  function setDrawings(markups) {
    stack.replaceChildren();
    for (const markup of markups.filter(Boolean)) {
      const part = h("div", {});
      setDrawing(part, markup);
      stack.append(part);
    }
    const drawn = stack.querySelector(".plot");
    scrubber.hidden = !drawn;
    if (!drawn) return;
    // The room beside the drawings is for their labels; time runs between.
    scrubber.style.left = drawn.style.paddingLeft;
    scrubber.style.right = drawn.style.paddingRight;
  }

  function playFrom(seconds) {
    seek(seconds);
    play();
  }

  function stop() {
    audio.pause();
  }

  function toggle() {
    if (audio.paused) play();
    else audio.pause();
  }

  function play() {
    if (audio.error || !audio.src) return;
    audio.currentTime = wanted;
    audio.play().catch((error) => {
      if (error.name === "NotSupportedError") refused();
    });
  }

  function seek(seconds) {
    wanted = Math.min(Math.max(seconds, 0), Math.max(length_s - 0.02, 0));
    if (audio.readyState > 0) audio.currentTime = wanted;
    place();
  }

  function refused() {
    if (!audio.src || !audio.error) return;
    button.disabled = true;
    bind(said, "text", () => t("shell.cannotPlay"));
  }

  function now() {
    return audio.paused ? wanted : audio.currentTime;
  }

  function run() {
    cancelAnimationFrame(frame);
    place();
    if (!audio.paused) frame = requestAnimationFrame(run);
  }

  function place() {
    if (!audio.paused) wanted = audio.currentTime;
    const share = length_s > 0 ? Math.min(now() / length_s, 1) : 0;
    cursor.style.left = `${100 * share}%`;
    bind(time, "text", `${clock(now())} / ${clock(length_s)}`);
    scrubber.setAttribute("aria-valuemax", length_s.toFixed(1));
    scrubber.setAttribute("aria-valuenow", now().toFixed(1));
    scrubber.setAttribute("aria-valuetext", clock(now()));
  }

  function label() {
    bind(button, "text", () => (audio.paused ? t("shell.play") : t("shell.pause")));
  }

  function timeAt(event) {
    const box = scrubber.getBoundingClientRect();
    return (length_s * Math.min(Math.max(event.clientX - box.left, 0), box.width)) / box.width;
  }

  function pressed(event) {
    if (event.button !== 0 || scrubber.hidden) return;
    playFrom(timeAt(event));
    scrubber.focus({ preventScroll: true });
    event.preventDefault();
  }

  function moved(event) {
    if (scrubber.hidden) return;
    const box = scrubber.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right;
    hover.hidden = !inside || event.pointerType === "touch";
    if (hover.hidden) return;
    const seconds = timeAt(event);
    hover.style.left = `${(100 * seconds) / length_s}%`;
    hover.classList.toggle("late", seconds > 0.85 * length_s);
    hoverTime.textContent = clock(seconds);
  }

  /** @returns {boolean} whether the key was one of the player's */
  function keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const step = event.shiftKey ? 5 : Math.max(0.25, Math.min(1, length_s / 40));
    const acts = {
      " ": toggle, ArrowRight: () => seek(now() + step), ArrowLeft: () => seek(now() - step),
      Home: () => seek(0), End: () => seek(length_s),
    };
    if (!acts[event.key]) return false;
    acts[event.key]();
    event.preventDefault();
    return true;
  }

  scrubber.addEventListener("keydown", keys);
  return { element, keys, setSource, setDrawings, playFrom, stop };
}

function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds - 60 * minutes;
  return `${minutes}:${rest.toFixed(1).padStart(4, "0")}`;
}
