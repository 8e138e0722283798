/**
 * The two languages of the page.
 *
 * Each view has its words in VIEW.en.js and VIEW.zh.js, loaded with the view. In a sentence,
 * {name} is replaced by a value and {name|one|many} by the word that fits a number.
 */

import { remember } from "./memory.js";

const tables = { en: {}, zh: {} };
const loaded = { en: new Set(), zh: new Set() };
const views = new Set();
const listeners = new Set();

/** @returns {"en"|"zh"} */
export function language() {
  return document.documentElement.lang === "zh" ? "zh" : "en";
}

/** Words of a view; await it before the view is drawn. */
export async function loadWords(view) {
  views.add(view);
  await fill(language());
}

/** Change the language; everything that listens writes itself anew and keeps its state. */
export async function setLanguage(name) {
  await fill(name);
  document.documentElement.lang = name;
  remember("language", name);
  for (const listener of listeners) listener(name);
}

/** @param {(language: string) => void} listener */
export function onLanguage(listener) {
  listeners.add(listener);
}

/** The sentence for a key, with its values. */
export function t(key, values = {}) {
  const sentence = tables[language()][key] ?? tables.en[key] ?? key;
  return sentence.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name, one, many) => {
    if (!(name in values)) return whole;
    if (one === undefined) return shown(values[name]);
    return new Intl.PluralRules("en").select(Number(values[name])) === "one" ? one : many;
  });
}

/** Whether there are words for a key. */
export function has(key) {
  return key in tables[language()];
}

/** Name of an emotion; one that is not in the vocabulary keeps its own. */
export function emotion(name) {
  return has(`emotion.${name}`) ? t(`emotion.${name}`) : String(name);
}

/** Sentence for an error of `api.js`, a problem of the server or an error of a result. */
export function problem(error) {
  const key = `problem.${error?.code}`;
  const said = error?.detail ?? error?.message ?? "";
  if (language() === "en" && said) return said;
  if (has(key)) return t(key);
  return said || t("problem.unknown");
}

/** Sentence for a warning of a result: {"code", ...numbers}. */
export function warning(found) {
  const key = `warning.${found.code}`;
  return has(key) ? t(key, found).replace(/\s*\{\w+\}/g, "") : found.code;
}

/** Sentences after one another; those that are empty are left out. */
export function together(...sentences) {
  return sentences.filter(Boolean).join(language() === "zh" ? "" : " ");
}

/** Number with a fixed number of decimals. */
export function number(value, decimals = 0) {
  return value.toLocaleString("en", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** Share as a percentage without its sign, as the server writes it: a half goes to the even digit. */
export function percentage(share) {
  const figure = 100 * share;
  return (figure % 1 === 0.25 ? figure - 0.05 : figure).toFixed(1);
}

/** Share as a percentage with its sign. */
export function percent(share) {
  return percentage(share) + (language() === "zh" ? "%" : " %");
}

/** Seconds as 4.2 s, or 1:05. */
export function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(1)} ${language() === "zh" ? "秒" : "s"}`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Bytes as 12 kB, 3.4 MB. */
export function bytes(count) {
  if (count < 1000) return `${count} B`;
  const power = Math.min(3, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${["B", "kB", "MB", "GB"][power]}`;
}

function shown(value) {
  return typeof value === "number" && Number.isInteger(value) ? number(value) : String(value);
}

async function fill(name) {
  const missing = [...views].filter((view) => !loaded[name].has(view));
  await Promise.all(
    missing.map(async (view) => {
      const words = await import(`./${view}.${name}.js`);
      Object.assign(tables[name], words.default);
      loaded[name].add(view);
    }),
  );
}
