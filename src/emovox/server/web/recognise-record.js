/** Record from the microphone into a WAV file that is then recognised like any other. */

import { bind, h } from "./elements.js";
import { problem, t } from "./i18n.js";
import { createLevelMeter } from "./level-meter.js";
import { openMicrophone } from "./recorder.js";
import { wav } from "./wav.js";

/** The server takes ten minutes. */
const LONGEST_S = 595;

/** @param {{accept: (file: File) => void, close: () => void}} options */
export function createRecord({ accept, close: closed }) {
  const meter = createLevelMeter();
  const time = h("span", { class: "time", text: "0:00.0", data: { test: "record-time" } });
  const said = h("p", { class: "warn", role: "alert" });
  const stop = h("button", { type: "button", class: "primary", text: () => t("recognise.stopRecord"),
    disabled: true, onclick: finish, data: { test: "record-stop" } });
  const discard = h("button", { type: "button", text: () => t("recognise.discard"), onclick: close,
    data: { test: "record-discard" } });
  const element = h("section", { class: "panel", "aria-label": () => t("recognise.record"), data: { test: "record-panel" } },
    h("p", { class: "actions" }, h("b", { text: () => t("recognise.recording") }), time, stop, discard),
    meter.element, said);
  const pieces = [];
  let microphone = null;
  let samples = 0;
  let over = false;

  async function start() {
    try {
      microphone = await openMicrophone(take);
      if (over) await microphone.stop();
      stop.disabled = false;
      stop.focus();
    } catch (error) {
      bind(said, "text", () => problem(error));
    }
  }

  function take(piece) {
    pieces.push(piece);
    samples += piece.length;
    meter.feed(piece);
    const seconds = samples / microphone.sampleRate;
    time.textContent = `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
    if (seconds >= LONGEST_S) finish();
  }

  async function finish() {
    const rate = microphone.sampleRate;
    await close();
    if (pieces.length) accept(recording(pieces, rate));
  }

  async function close() {
    if (over) return;
    over = true;
    await microphone?.stop();
    closed();
  }

  return { element, start, close };
}

/** A file of what was recorded, named by the time. */
export function recording(pieces, sampleRate) {
  const now = new Date(Date.now() - 60_000 * new Date().getTimezoneOffset());
  const name = `recording-${now.toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "")}.wav`;
  return new File([wav(pieces, sampleRate)], name, { type: "audio/wav" });
}
