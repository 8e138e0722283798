/** The microphone as a stream: scores of the last seconds, and the last minute as a moving timeline. */

import { postJson } from "./api.js";
import { createBars } from "./bars.js";
import { setDrawing } from "./drawing.js";
import { bind, h } from "./elements.js";
import { emotion, language, percentage, problem, t } from "./i18n.js";
import { createLevelMeter } from "./level-meter.js";
import { openMicrophone } from "./recorder.js";
import { model } from "./recognise-queue.js";
import { recording } from "./recognise-record.js";
import { openStream } from "./stream.js";

const SHOWN_S = 60;
const DRAWN_EVERY_MS = 700;
/** Of what is longer, a column is the mean of a second: finer ones could not be told apart. */
const FINE_S = 16;
/** What is offered as a whole recording afterwards: the server takes ten minutes. */
const KEPT_S = 590;

/** @param {{accept: (file: File) => void, close: () => void}} options */
export function createLive({ accept, close: closed }) {
  const meter = createLevelMeter();
  const bars = createBars({ label: () => t("recognise.liveScores"), test: "live-scores" });
  const now = h("p", { class: "verdict", "aria-live": "off", data: { test: "live-verdict" } });
  const time = h("span", { class: "time", text: "0:00.0", data: { test: "live-time" } });
  const said = h("p", { class: "warn", role: "alert", data: { test: "live-said" } });
  const plot = h("div", { class: "stack live-plot", data: { test: "live-timeline" } });
  const span = h("p", { class: "note" });
  const stop = h("button", { type: "button", class: "primary", text: () => t("recognise.stopLive"),
    disabled: true, onclick: finish, data: { test: "live-stop" } });
  const whole = h("button", { type: "button", class: "primary", hidden: true, text: () => t("recognise.liveWhole"),
    onclick: recognise, data: { test: "live-whole" } });
  const leave = h("button", { type: "button", text: () => t("recognise.closeLive"), onclick: close,
    data: { test: "live-close" } });
  const element = h("section", { class: "panel live", "aria-label": () => t("recognise.live"), data: { test: "live-panel" } },
    h("p", { class: "actions" }, h("b", { text: () => t("recognise.live") }), time, stop, whole, leave),
    meter.element, said,
    h("div", { class: "two" }, h("div", {}, now, bars.element), h("div", {}, plot, span)));
  const pieces = [];
  const stretches = [];
  let held = 0;
  let sent_s = 0;
  let microphone = null;
  let stream = null;
  let drawing = 0;
  let busy = false;
  let over = false;

  async function start() {
    try {
      microphone = await openMicrophone(take);
      stream = await openStream({ sampleRate: microphone.sampleRate, model: model(), score, failed });
      stop.disabled = false;
      stop.focus();
      drawing = setInterval(draw, DRAWN_EVERY_MS);
    } catch (error) {
      await halt();
      failed(error);
    }
    if (over) await halt();
  }

  function take(piece) {
    meter.feed(piece);
    if (!stream) return;
    stream.send(piece);
    pieces.push(piece);
    held += piece.length;
    while (held > KEPT_S * microphone.sampleRate) held -= pieces.shift().length;
    sent_s += piece.length / microphone.sampleRate;
    time.textContent = `${Math.floor(sent_s / 60)}:${(sent_s % 60).toFixed(1).padStart(4, "0")}`;
  }

  /** A score is about a window of the last seconds; on the timeline it stands where it came in. */
  function score({ end, emotion: top, scores }) {
    const last = stretches.at(-1);
    const start = Math.min(last ? last.end : 0, end);
    stretches.push({ start: Math.max(start, end - 1), end, scores: scores && shares(scores) });
    while (stretches[0].end < end - SHOWN_S) stretches.shift();
    bind(now, "text", () => (top ? emotion(top) : t("recognise.listening")));
    now.classList.toggle("soft", !top);
    if (scores) {
      bars.set(Object.keys(scores).sort().map((name) =>
        ({ name, label: () => emotion(name), share: scores[name], figure: percentage(scores[name]) })));
    }
  }

  async function draw() {
    if (busy || !stretches.length || document.hidden) return;
    busy = true;
    const end = stretches.at(-1).end;
    const from = Math.max(0, end - SHOWN_S);
    const moved = merged(stretches, end > FINE_S ? 1 : 0.25).map((each) => ({
      start: rounded(Math.max(0, each.start - from)), end: rounded(each.end - from), scores: each.scores,
    }));
    try {
      const length_s = Math.min(Math.max(end, 10), SHOWN_S);
      const answer = await postJson("/page/api/drawings/timeline", { stretches: moved, length_s, language: language() });
      setDrawing(plot, answer.timeline + answer.axis);
      bind(span, "text", () => t(from > 0 ? "recognise.liveLast" : "recognise.liveAll", { n: SHOWN_S }));
    } catch (error) {
      if (error.code !== "busy") bind(said, "text", () => problem(error));
    } finally {
      busy = false;
    }
  }

  async function failed(error) {
    bind(said, "text", () => problem(error));
    await halt();
  }

  async function halt() {
    clearInterval(drawing);
    const [open, talking] = [microphone, stream];
    microphone = open && { sampleRate: open.sampleRate, stop: async () => {} };
    stream = null;
    talking?.close();
    await open?.stop();
    stop.hidden = true;
    whole.hidden = held === 0;
    meter.clear();
  }

  async function finish() {
    await halt();
    await draw();
    whole.focus();
  }

  async function recognise() {
    const file = recording(pieces, microphone.sampleRate);
    await close();
    accept(file);
  }

  async function close() {
    over = true;
    await halt();
    closed();
  }

  return { element, start, close };
}

/** Neighbours within the same stretch of the clock as one, with their mean scores. */
function merged(stretches, width_s) {
  const groups = new Map();
  for (const each of stretches) {
    const place = Math.ceil(rounded(each.end) / width_s);
    groups.set(place, [...(groups.get(place) ?? []), each]);
  }
  return [...groups.values()].map((group) => {
    const heard = group.filter(({ scores }) => scores).map(({ scores }) => scores);
    const mean = (name) => heard.reduce((sum, scores) => sum + scores[name], 0) / heard.length;
    return { start: group[0].start, end: group.at(-1).end,
      scores: heard.length ? shares(Object.fromEntries(Object.keys(heard[0]).map((name) => [name, mean(name)]))) : null };
  });
}

/** A minute of many emotions stays below what the server takes, and finer than the drawing shows. */
function shares(scores) {
  return Object.fromEntries(Object.entries(scores).map(([name, share]) => [name, rounded(share)]));
}

function rounded(value) {
  return Math.round(100 * value) / 100;
}
