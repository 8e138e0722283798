/** One recording: its verdict, scores, warnings, and its drawings over one time axis, to be played. */

import { setDrawing } from "./drawing.js";
import { download, stem } from "./download.js";
import { bind, fill, h } from "./elements.js";
import { duration, emotion, onLanguage, percent, percentage, problem, t, warning } from "./i18n.js";
import { createPlayer } from "./player.js";
import { drawingsOf } from "./recognise-queue.js";
import { onScale } from "./spectrogram-scale.js";

const SEGMENTS_SHOWN = 400;
/** A longer recording is not recognised as a whole, but as the mean of its segments. */
const WHOLE_S = 300;

export function createDetail() {
  const player = createPlayer();
  const name = h("h2", { data: { test: "detail-name" } });
  const verdict = h("p", { class: "verdict", data: { test: "verdict" } });
  const said = h("div", { "aria-live": "polite", data: { test: "warnings" } });
  const bars = h("div", { class: "scores", data: { test: "scores" } });
  const segments = h("div", { class: "segments", data: { test: "segments" } });
  const exports = h("p", { class: "actions" });
  const drawn = h("p", { class: "note", data: { test: "drawings-said" } });
  const body = h("div", { class: "two sheet" },
    h("div", {}, bars, said), h("div", { class: "over-time" }, player.element, drawn),
    h("div", { class: "pieces" }, exports, segments));
  const element = h("article", { class: "detail", hidden: true, onkeydown: keys, data: { test: "detail" } },
    name, verdict, body);
  let entry = null;
  let playable = null;
  let asking = 0;

  onLanguage(() => entry?.answer && draw());
  onScale(body, () => entry?.answer && draw());

  /** Show a recording, or none. */
  function show(chosen) {
    if (chosen !== entry) player.stop();
    entry = chosen;
    playable = null;
    element.hidden = !entry;
    if (entry) changed();
  }

  /** What is known of the recording that is shown has changed. */
  function changed() {
    bind(name, "text", entry.path);
    const { answer } = entry;
    body.hidden = !answer;
    if (!answer) {
      bind(verdict, "text", () => (entry.error ? t("recognise.cannotUse", { sentence: problem(entry.error) }) : t(`recognise.state-${entry.state}`)));
      verdict.classList.toggle("warn", Boolean(entry.error));
      return;
    }
    verdict.classList.remove("warn");
    sayVerdict(answer);
    sayWarnings(answer.result.warnings);
    offerExports(answer);
    listSegments(answer);
    if (playable !== entry.file) {
      playable = entry.file;
      player.setSource(entry.file, answer.length_s);
    }
    draw();
  }

  function sayVerdict({ result, segments: pieces, length_s }) {
    const scores = result.scores ?? {};
    const top = result.emotion;
    const kind = () => {
      if (!top) return result.dimensions ? t("recognise.dimensions") : t("recognise.nothing");
      return `${percent(scores[top])}${about(length_s, pieces)}`;
    };
    fill(verdict,
      h("b", { text: () => (top ? emotion(top) : result.dimensions ? t("recognise.noEmotion") : t("recognise.noSpeech")) }),
      h("span", { text: kind }));
  }

  /** Segments may sound unlike the whole: say which of the two the score is about. */
  function about(length_s, pieces) {
    if (!(pieces?.length > 1)) return "";
    return length_s > WHOLE_S ? t("recognise.meanOfSegments", { n: pieces.length }) : t("recognise.asAWhole");
  }

  function sayWarnings(warnings) {
    const list = warnings.map((each) => h("li", { class: "warn", text: () => warning(each) }));
    fill(said, list.length && h("ul", { class: "warnings" }, ...list));
  }

  function offerExports({ labels }) {
    const track = (key, text, ending) => h("button", { type: "button", text: () => t(key),
      onclick: () => download(`${stem(entry.path)}.${ending}`, text), data: { test: key.split(".")[1] } });
    fill(exports,
      labels?.textgrid && track("recognise.textgrid", labels.textgrid, "TextGrid"),
      labels?.audacity && track("recognise.audacity", labels.audacity, "txt"));
  }

  function listSegments({ segments: pieces }) {
    if (!pieces?.length) {
      fill(segments);
      return;
    }
    const rows = pieces.slice(0, SEGMENTS_SHOWN).map((piece) => {
      const top = piece.emotion;
      return h("tr", {},
        h("th", { scope: "row" }, h("button", { type: "button", class: "open",
          text: () => `${duration(piece.start ?? 0)} – ${duration(piece.end ?? 0)}`,
          onclick: () => player.playFrom(piece.start ?? 0) })),
        h("td", { class: "words", text: () => (top ? emotion(top) : t("recognise.noSpeech")) }),
        h("td", { text: top ? percentage(piece.scores[top]) : "" }));
    });
    fill(segments,
      h("div", { class: "scroll segment-rows", tabindex: "0", role: "region", "aria-label": () => t("recognise.segments") },
        h("table", { class: "wide" },
          h("caption", { text: () => t("recognise.segmentsN", { n: pieces.length }) }),
          h("thead", {}, h("tr", {},
            h("th", { scope: "col", text: () => t("recognise.columnTime") }),
            h("th", { scope: "col", class: "words", text: () => t("recognise.columnEmotion") }),
            h("th", { scope: "col", text: () => t("recognise.columnScore") }))),
          h("tbody", {}, ...rows))));
  }

  /** Drawings in the language of now; those of before stay until the new ones are here. */
  async function draw() {
    const asked = entry;
    asking += 1;
    const mine = asking;
    if (!Object.keys(asked.drawings).length) {
      player.setDrawings([]);
      setDrawing(bars, null);
      bind(drawn, "text", () => t("recognise.drawing"));
    }
    try {
      const drawings = await drawingsOf(asked);
      if (mine !== asking || asked !== entry || !drawings) return;
      player.setDrawings([drawings.waveform, drawings.spectrogram, drawings.timeline, drawings.axis]);
      setDrawing(bars, drawings.bars);
      bind(drawn, "text", "");
    } catch (error) {
      if (asked === entry && error.code !== "aborted") bind(drawn, "text", () => problem(error));
    }
  }

  function keys(event) {
    if (event.defaultPrevented || event.target.closest("button, input, select, a, [tabindex='0']")) return;
    player.keys(event);
  }

  function reveal() {
    const box = element.getBoundingClientRect();
    if (box.top > innerHeight - 160 || box.bottom < 0) element.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  return { element, show, changed, reveal };
}
