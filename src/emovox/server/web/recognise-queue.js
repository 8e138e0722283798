/**
 * The recordings of this visit and their results, recognised a few at a time.
 *
 * Files stay in the browser: each is sent for its answer, and sent again where drawings are wanted.
 */

import { upload, withQuery } from "./api.js";
import { language } from "./i18n.js";
import { scale } from "./spectrogram-scale.js";

const AT_ONCE = 2;
const DRAWINGS_KEPT = 24;
const TRIES = 200;

const listeners = new Set();
const waiting = [];
const recent = [];
let running = 0;
let count = 0;
let wanted = null;

/** All recordings, in the order in which they came. @type {Entry[]} */
export const entries = [];

/**
 * A recording: `state` is waiting, sending, working, done, failed or cancelled; `answer` is that of
 * the server, without drawings; `error` has a code.
 */
class Entry {
  constructor(file, path) {
    this.id = ++count;
    this.file = file;
    this.path = path;
    this.drawings = {};
    this.reset();
  }

  reset() {
    this.state = "waiting";
    this.share = 0;
    this.answer = null;
    this.error = null;
    this.drawings = {};
    this.control = new AbortController();
  }
}

/** @param {(what: "list"|"entry", entry: Entry|null) => void} listener */
export function onQueue(listener) {
  listeners.add(listener);
  // Another view may have added recordings before.
  if (entries.length) listener("list", null);
}

/** Name of the model that recognises, or null for the server's own. */
export function model() {
  return wanted;
}

/**
 * Add recordings and begin with them.
 *
 * @param {{file: File, path: string}[]} files
 * @returns {Entry[]}
 */
export function add(files) {
  const added = files.map(({ file, path }) => new Entry(file, path));
  for (const entry of added) entries.push(entry);
  for (const entry of added) enqueue(entry, added.length === 1);
  tell("list", null);
  return added;
}

/** Recognise everything again by another model. */
export function setModel(name) {
  if (name === wanted) return;
  wanted = name;
  cancel();
  for (const entry of entries) {
    entry.reset();
    enqueue(entry, entries.length === 1);
  }
  tell("list", null);
}

/** Stop what waits and runs; what is done stays. */
export function cancel() {
  waiting.length = 0;
  for (const entry of entries) {
    if (isOpen(entry)) {
      entry.control.abort();
      entry.state = "cancelled";
      tell("entry", entry);
    }
  }
}

/** Go on with what was cancelled. */
export function resume() {
  for (const entry of entries.filter(({ state }) => state === "cancelled")) {
    entry.reset();
    enqueue(entry, false);
    tell("entry", entry);
  }
}

/** Forget all recordings and results. */
export function clear() {
  cancel();
  entries.length = 0;
  recent.length = 0;
  tell("list", null);
}

/** Whether a recording still waits for its answer. */
export function isOpen({ state }) {
  return state === "waiting" || state === "sending" || state === "working";
}

/**
 * Drawings of a recording in the language and on the scale of now; asked for where they are not at hand.
 *
 * @returns {Promise<object|null>}
 */
export async function drawingsOf(entry) {
  const kind = kindNow();
  if (!entry.drawings[kind]) {
    const answer = await slot((signal) => ask(entry, true, signal), entry.control.signal);
    keep(entry, kind, answer);
  }
  return entry.drawings[kind];
}

function kindNow() {
  return `${language()} ${scale()}`;
}

function enqueue(entry, drawn) {
  const { control } = entry;
  waiting.push({ signal: control.signal, work: () => recognise(entry, control.signal, drawn) });
  next();
}

async function recognise(entry, signal, drawn) {
  const kind = kindNow();
  entry.state = "sending";
  tell("entry", entry);
  try {
    const answer = await ask(entry, drawn, signal);
    if (signal.aborted) return;
    entry.state = "done";
    keep(entry, kind, answer);
    entry.answer = { ...answer, drawings: null };
  } catch (error) {
    if (signal.aborted) return;
    entry.state = "failed";
    entry.error = error;
  }
  tell("entry", entry);
}

/** One answer; while the server is busy, wait as long as it says. */
async function ask(entry, drawn, signal) {
  const path = withQuery("/page/api/recognise", {
    model: wanted, language: language(), scale: scale(), drawings: drawn ? 1 : 0,
  });
  const progress = (share) => {
    entry.share = share;
    if (share === 1 && entry.state === "sending") {
      entry.state = "working";
      tell("entry", entry);
    }
  };
  for (let tried = 1; ; tried += 1) {
    try {
      return await upload(path, entry.file, { signal, progress, name: entry.path });
    } catch (error) {
      if (error.code !== "busy" || tried === TRIES) throw error;
      await pause(error.retryAfter_s ?? 1, signal);
    }
  }
}

/** Work that takes its turn before what waits. */
function slot(work, signal) {
  return new Promise((resolve, reject) => {
    waiting.unshift({ signal, work: () => work(signal).then(resolve, reject) });
    next();
  });
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    const { signal, work } = waiting.shift();
    if (signal.aborted) continue;
    running += 1;
    work().finally(() => {
      running -= 1;
      next();
    });
  }
}

/** Drawings of the recordings that were looked at last are kept. */
function keep(entry, kind, answer) {
  if (!answer.drawings) return;
  entry.drawings[kind] = answer.drawings;
  const place = recent.indexOf(entry);
  if (place >= 0) recent.splice(place, 1);
  recent.push(entry);
  if (recent.length > DRAWINGS_KEPT) recent.shift().drawings = {};
}

function pause(seconds, signal) {
  return new Promise((resolve) => {
    const end = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => {
      clearTimeout(end);
      resolve();
    }, { once: true });
  });
}

function tell(what, entry) {
  for (const listener of listeners) listener(what, entry);
}
