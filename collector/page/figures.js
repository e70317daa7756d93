
"use strict";
// What every part draws with. Data enters the page as text nodes and attributes, never as markup.

const $ = (id) => document.getElementById(id);

function put(node, attributes, ...children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
const el = (tag, attributes, ...children) => put(document.createElement(tag), attributes, ...children);
const svg = (tag, attributes, ...children) =>
  put(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, ...children);

// Writes only what is different, so that nothing flickers and screen readers stay where they are.
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
function mark(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

const VERDICTS = {
  within_budget: "Within budget",
  margin_low: "Margin low",
  below_budget: "Below budget",
  unknown: "Unknown",
};
const RANK = ["within_budget", "unknown", "margin_low", "below_budget"];
const worst = (verdicts) =>
  verdicts.reduce((a, b) => (RANK.indexOf(b) > RANK.indexOf(a) ? b : a), "within_budget");

// A shape for each verdict, so that colour is never alone.
const SHAPES = {
  within_budget: () => svg("circle", { cx: 6, cy: 6, r: 5 }),
  margin_low: () => svg("path", { d: "M6 .6 11.8 11.2H.2Z" }),
  below_budget: () => svg("path", { class: "cut", d: "M1.8 1.8l8.4 8.4M10.2 1.8l-8.4 8.4" }),
  unknown: () => svg("circle", { class: "open", cx: 6, cy: 6, r: 4.6, "stroke-dasharray": "2.4 2.4" }),
};
const shape = (verdict) => (SHAPES[verdict] || SHAPES.unknown)();
const glyph = (verdict) =>
  svg("svg", { class: "glyph", viewBox: "0 0 12 12", "aria-hidden": "true" }, shape(verdict));

function verdictMark(verdict) {
  return el("span", { class: "verdict", "data-verdict": verdict },
    glyph(verdict), el("span", { class: "word" }, VERDICTS[verdict] || verdict));
}
function showVerdict(cell, verdict) {
  if (cell.dataset.shown === verdict) return;
  cell.dataset.shown = verdict;
  cell.replaceChildren(verdictMark(verdict));
  cell.setAttribute("aria-label", VERDICTS[verdict] || verdict);
}

const MISSING = "–";
const known = (value) => value !== null && value !== undefined;
function decimals(value, digits) {
  if (!known(value)) return MISSING;
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}
const signed = (value, digits) =>
  known(value) && value > 0 ? "+" + decimals(value, digits) : decimals(value, digits);
const count = (number, one, many) => number + " " + (number === 1 ? one : many);

const clock = (ms) => new Date(ms).toISOString().slice(11, 19) + " UTC";
function moment(ms, now) {
  const text = new Date(ms).toISOString();
  return now - ms > 20 * 3600e3 ? text.slice(0, 16).replace("T", " ") + " UTC" : clock(ms);
}
function lasting(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return seconds + " s";
  if (seconds < 6000) return Math.round(seconds / 60) + " min";
  if (seconds < 48 * 3600) return Math.round(seconds / 3600) + " h";
  return Math.round(seconds / 86400) + " days";
}
const stationName = (view, id) => (view.plant.stations.find((s) => s.id === id) || { name: id }).name;
const wayName = (view, line) => stationName(view, line.sender) + " → " + stationName(view, line.receiver);
const pairsOf = (view) => [...new Set(view.directions.map((line) => line.pair))];

// Steps of 1, 2 or 5 times a power of ten, about `most` of them over a range.
function ticks(from, to, most) {
  const raw = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to + step * 1e-6; at += step) found.push(at);
  return found;
}
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
