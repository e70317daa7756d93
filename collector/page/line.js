
// The cable: a lane a fibre pair, two strands a lane, bodies where they lie, alarms where they are.

function drawLine(view, chosen, choose) {
  const box = $("line");
  const unit = rem();
  const width = Math.max(280, box.clientWidth);
  const pairs = pairsOf(view);
  const lane = Math.max(0.72, Math.min(1.15, 20 / pairs.length)) * unit;
  const left = 3.4 * unit, right = 1.9 * unit, top = 2.9 * unit;
  const foot = top + pairs.length * lane;
  const height = foot + 1.5 * unit;
  const length = view.plant.length_km;
  const x = (km) => left + (km / length) * (width - left - right);
  const middle = (index) => top + (index + 0.5) * lane;

  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img",
    "aria-label": lineInWords(view) });
  const [a, b] = view.plant.stations;
  drawing.append(
    svg("text", { class: "name", x: 0, y: 0.9 * unit }, a.name),
    svg("text", { class: "name end", x: width, y: 0.9 * unit }, b.name));

  for (const element of view.plant.elements.filter((e) => e.kind !== "span")) {
    const at = x(element.from_km);
    drawing.append(svg("line", { class: "mast", x1: at, x2: at, y1: top - 0.5 * unit, y2: foot }),
      body(element, at, top - 1.05 * unit, unit),
      svg("text", { class: "middle", x: at, y: 0.9 * unit }, element.name));
  }
  pairs.forEach((pair, index) => {
    const y = middle(index);
    const lines = view.directions.filter((line) => line.pair === pair);
    const group = svg("g", { class: pair === chosen ? "lane chosen" : "lane" },
      svg("rect", { class: "ground", x: 0, y: y - lane / 2, width, height: lane, rx: 3 }),
      svg("text", { x: 0.2 * unit, y: y + 0.27 * unit }, pair));
    for (const line of lines) {
      const offset = (line.direction === "a-b" ? -1 : 1) * Math.max(1.7, lane * 0.14);
      group.append(svg("path", { class: "strand", "data-verdict": line.verdict,
        d: `M${x(0)} ${y + offset}H${x(length)}` }));
    }
    const verdict = worst(lines.map((line) => line.verdict));
    const size = Math.min(lane * 0.75, 0.8 * unit);
    group.append(svg("svg", { class: "glyph", "data-verdict": verdict, viewBox: "0 0 12 12",
      x: width - right + 0.7 * unit, y: y - size / 2, width: size, height: size }, shape(verdict)));
    group.addEventListener("click", () => choose(pair));
    drawing.append(group);
  });
  for (const end of [x(0), x(length)]) {
    drawing.append(svg("rect", { class: "station", x: end - 0.22 * unit, y: top - 0.3 * unit,
      width: 0.44 * unit, height: foot - top + 0.6 * unit, rx: 0.15 * unit }));
  }
  for (const alarm of view.alarms.filter((alarm) => alarm.parent === 0 && alarm.place)) {
    markAlarm(drawing, alarm, pairs, { x, middle, top, foot, lane, unit });
  }
  for (const km of ticks(0, length, Math.max(2, Math.floor(width / (6 * unit))))) {
    drawing.append(svg("text", { class: "middle", x: x(km), y: foot + 1.15 * unit }, Math.round(km) + (km === 0 ? " km" : "")));
  }
  box.replaceChildren(drawing);
  say($("line-note"), view.plant.description || view.plant.name);
}

// Repeaters and amplifiers are triangles, ROPAs diamonds, ROADMs squares.
function body(element, x, y, unit) {
  const r = 0.42 * unit;
  const d = { ropa: `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`,
    roadm: `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z` }[element.kind] ||
    `M${x - r} ${y - r}L${x + r} ${y}L${x - r} ${y + r}Z`;
  return svg("path", { class: "body", d }, svg("title", {}, element.kind + " " + element.name));
}

// Only what has a place of its own: what is about a whole line shows in its lane.
function markAlarm(drawing, alarm, pairs, { x, middle, top, foot, lane, unit }) {
  if (alarm.place.by === "line") return;
  const index = pairs.indexOf(alarm.pair);
  const from = index < 0 ? top : middle(index) - lane / 2;
  const high = index < 0 ? foot - top : lane;
  const x1 = x(alarm.place.from_km), x2 = x(alarm.place.to_km);
  const grave = alarm.severity === "critical" || alarm.severity === "major";
  const group = svg("g", { "data-verdict": grave ? "below_budget" : "margin_low" },
    svg("title", {}, alarmTitle(alarm)));
  if (x2 > x1) {
    group.append(svg("rect", { class: "found", x: x1, y: from, width: x2 - x1, height: high }));
  }
  // A cross for what is grave, a triangle for what is not.
  const at = (x1 + x2) / 2, y = from + high / 2, r = Math.min(0.45 * lane, 0.4 * unit);
  group.append(svg("path", { class: grave ? "found-at cross" : "found-at",
    d: grave ? `M${at - r} ${y - r}l${2 * r} ${2 * r}M${at + r} ${y - r}l${-2 * r} ${2 * r}`
      : `M${at} ${y - r}L${at + r} ${y + r}H${at - r}Z` }));
  drawing.append(group);
}

function lineInWords(view) {
  const [a, b] = view.plant.stations;
  const off = pairsOf(view).map((pair) => {
    const verdict = worst(view.directions.filter((l) => l.pair === pair).map((l) => l.verdict));
    return verdict === "within_budget" ? null : pair + " " + VERDICTS[verdict].toLowerCase();
  }).filter(Boolean);
  return `The cable from ${a.name} to ${b.name}: ` +
    (off.length === 0 ? "every fibre pair within budget" : off.join(", "));
}
