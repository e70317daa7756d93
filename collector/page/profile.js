
// Total power along one direction: what the budget expects, and what equipment reports over it.

function drawProfile(view, line) {
  const box = $("profile");
  const unit = rem();
  const width = Math.max(280, box.clientWidth), height = Math.max(13 * unit, Math.min(20 * unit, width * 0.36));
  const left = 2.6 * unit, right = 1.4 * unit, top = 2 * unit, foot = height - 1.7 * unit;
  const levels = [...line.expected_profile.map((p) => p[1]), ...line.observed_profile.map((p) => p.dbm)]
    .filter(known);
  if (levels.length === 0) { box.replaceChildren(); return; }
  const low = Math.floor((Math.min(...levels) - 1) / 5) * 5, high = Math.ceil((Math.max(...levels) + 1) / 5) * 5;
  const length = view.plant.length_km;
  const x = (km) => left + (km / length) * (width - left - right);
  const y = (dbm) => foot - ((dbm - low) / (high - low)) * (foot - top);

  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img",
    "aria-label": profileInWords(view, line) });
  for (const level of ticks(low, high, 5)) {
    drawing.append(svg("line", { class: "axis", x1: left, x2: width - right, y1: y(level), y2: y(level) }),
      svg("text", { class: "end", x: left - 0.5 * unit, y: y(level) + 0.27 * unit }, decimals(level, 0)));
  }
  drawing.append(svg("text", { class: "end", x: left - 0.5 * unit, y: 0.9 * unit }, "dBm"));
  for (const km of ticks(0, length, Math.max(2, Math.floor(width / (6 * unit))))) {
    drawing.append(svg("text", { class: "middle", x: x(km), y: height - 0.4 * unit }, String(Math.round(km))));
  }
  for (const element of view.plant.elements.filter((e) => e.kind !== "span")) {
    const at = x(element.from_km);
    drawing.append(svg("line", { class: "mast", x1: at, x2: at, y1: top, y2: foot, "stroke-dasharray": "2 4" }),
      svg("text", { class: "middle", x: at, y: 0.9 * unit }, element.name));
  }
  const points = line.expected_profile.filter((p) => known(p[1])).map(([km, dbm]) => `${x(km)} ${y(dbm)}`);
  const first = line.expected_profile[0], last = line.expected_profile[line.expected_profile.length - 1];
  drawing.append(
    svg("path", { class: "expected-area", d: `M${x(first[0])} ${foot}L${points.join("L")}L${x(last[0])} ${foot}Z` }),
    svg("path", { class: "expected-line", d: "M" + points.join("L") }));
  for (const seen of line.observed_profile.filter((p) => known(p.dbm))) {
    const at = x(seen.km), off = known(seen.expected_dbm) ? seen.dbm - seen.expected_dbm : null;
    if (off !== null && Math.abs(off) > 0.05) {
      drawing.append(svg("line", { class: "residual", x1: at, x2: at, y1: y(seen.expected_dbm), y2: y(seen.dbm) }));
    }
    const side = seen.km > length / 2 ? -1 : 1;
    drawing.append(
      svg("circle", { class: "observed-point", cx: at, cy: y(seen.dbm), r: 0.36 * unit },
        svg("title", {}, `${seen.what}: ${decimals(seen.dbm, 2)} dBm, expected ${decimals(seen.expected_dbm, 2)}`)));
    if (line.observed_profile.length <= 6) {
      drawing.append(svg("text", { class: side < 0 ? "value end" : "value", x: at + side * 0.7 * unit,
        y: y(seen.dbm) - 0.55 * unit }, decimals(seen.dbm, 1) + (off === null ? "" : ` (${signed(off, 1)})`)));
    }
  }
  box.replaceChildren(drawing);
  fillReadings(line);
}

function fillReadings(line) {
  const rows = [...line.observed_profile].sort((p, q) => p.km - q.km).map((seen) => el("tr", {},
    el("th", { scope: "row" }, seen.what),
    ...[decimals(seen.km, 0), decimals(seen.dbm, 2), decimals(seen.expected_dbm, 2),
      known(seen.dbm) && known(seen.expected_dbm) ? signed(seen.dbm - seen.expected_dbm, 2) : MISSING]
      .map((text) => el("td", { class: "n" }, text))));
  $("readings").replaceChildren(...(rows.length > 0 ? rows
    : [el("tr", {}, el("td", { colspan: 5 }, "No power is reported along this direction now."))]));
}

function profileInWords(view, line) {
  const readings = line.observed_profile.map((seen) =>
    `${seen.what} ${decimals(seen.dbm, 1)} dBm, expected ${decimals(seen.expected_dbm, 1)}`);
  return `Total power of ${line.pair}, ${wayName(view, line)}. ` +
    (readings.length > 0 ? readings.join("; ") : "No readings now") + ".";
}

// The two controls; `changed` is told of every choice a person makes.
function fillChoice(view, choice, changed) {
  const pairs = pairsOf(view);
  const select = $("pair");
  if (select.dataset.pairs !== pairs.join()) {
    select.dataset.pairs = pairs.join();
    select.replaceChildren(...pairs.map((pair) => el("option", { value: pair }, pair)));
    select.onchange = () => changed({ pair: select.value });
    $("ways").replaceChildren($("ways").firstElementChild, ...["a-b", "b-a"].map((direction) => {
      const line = view.directions.find((l) => l.direction === direction);
      const input = el("input", { type: "radio", name: "way", value: direction });
      input.onchange = () => changed({ direction });
      return el("label", {}, input, line ? wayName(view, line) : direction);
    }));
    $("choice").onsubmit = (event) => event.preventDefault();
  }
  select.value = choice.pair;
  for (const input of $("ways").querySelectorAll("input")) input.checked = input.value === choice.direction;
}
