
// Margins, latency and agents: rows are made once and then written over.

function rowsOf(body, keys, make) {
  if (body.dataset.keys !== JSON.stringify(keys)) {
    body.dataset.keys = JSON.stringify(keys);
    body.replaceChildren(...keys.map(make));
  }
  return [...body.children];
}
const cells = (kinds) => kinds.map((kind) => el("td", { class: kind }));

function showMargins(view, choice, choose) {
  const tables = $("margins");
  const ways = ["a-b", "b-a"].map((way) => view.directions.filter((line) => line.direction === way));
  const most = Math.max(1, ...view.directions.flatMap((l) => [l.margin_db, l.expected_margin_db]).filter(known));
  if (tables.children.length !== ways.length) {
    tables.replaceChildren(...ways.map((lines) => el("table", {},
      el("caption", {}, lines.length > 0 ? wayName(view, lines[0]) : ""),
      el("thead", {}, el("tr", {},
        el("th", { scope: "col" }, "Pair"), el("th", { scope: "col" }, "Verdict"),
        el("th", { scope: "col", class: "meter" }, el("span", { class: "unseen" }, "Bar")),
        ...["Now", "Expected", "End of life", "Month"].map((t) => el("th", { scope: "col", class: "n" }, t)))),
      el("tbody"))));
  }
  ways.forEach((lines, index) => {
    const rows = rowsOf(tables.children[index].tBodies[0], lines.map((l) => l.pair), (pair) => {
      const button = el("button", { type: "button", title: "Show its power along the line" }, pair);
      button.onclick = () => choose({ pair, direction: lines[0].direction });
      const bar = el("div", { class: "bar", "aria-hidden": "true" },
        el("i", { class: "fill" }), el("i", { class: "tick" }), el("i", { class: "tick life" }));
      const made = el("tr", {}, el("th", { scope: "row" }, button),
        ...cells(["", "meter", "n strong", "n", "n", "n"]));
      made.children[2].append(bar);
      return made;
    });
    lines.forEach((line, i) => fillMargin(rows[i], line, most, choice));
  });
}

function fillMargin(row, line, most, choice) {
  const chosen = line.pair === choice.pair && line.direction === choice.direction;
  row.classList.toggle("chosen", chosen);
  mark(row.querySelector("button"), "aria-pressed", String(chosen));
  showVerdict(row.children[1], line.verdict);
  mark(row.children[2], "data-verdict", line.verdict);
  const [fill, expected, life] = row.children[2].firstElementChild.children;
  const share = (db) => Math.max(0, Math.min(1, db / most)) * 100 + "%";
  fill.style.width = known(line.margin_db) ? share(line.margin_db) : "0";
  for (const [tick, value] of [[expected, line.expected_margin_db], [life, line.end_of_life_margin_db]]) {
    tick.hidden = !known(value);
    if (known(value)) tick.style.left = share(value);
  }
  say(row.children[3], line.no_light ? "no light" : decimals(line.margin_db, 2));
  say(row.children[4], decimals(line.expected_margin_db, 2));
  const fitted = line.ageing && known(line.ageing.end_of_life_margin_db);
  say(row.children[5], fitted ? "≈ " + decimals(line.ageing.end_of_life_margin_db, 2)
    : decimals(line.end_of_life_margin_db, 2));
  say(row.children[6], signed(line.month_ago_db, 2));
  mark(row.children[5], "title", !line.ageing ? "as designed" :
    `fitted: ${signed(line.ageing.per_year_db, 3)} dB a year` + (fitted
      ? `, at least ${decimals(line.ageing.end_of_life_margin_least_db, 2)} dB at the end of life` : "") +
    (line.ageing.runs_out ? `, runs out ${new Date(line.ageing.runs_out).toISOString().slice(0, 10)}` : ""));
}

function showLatency(view) {
  const stations = view.plant.stations;
  if ($("latency-head").children.length === 0) {
    $("latency-head").append(el("tr", {}, el("th", { scope: "col" }, "Pair"), el("th", { scope: "col" }, "Verdict"),
      ...[...stations.map((s) => "From " + s.name), "Expected", "Lost"].map((t) => el("th", { scope: "col", class: "n" }, t))));
  }
  const pairs = [...new Set(view.paths.map((path) => path.pair))];
  const rows = rowsOf($("latency"), pairs, (pair) =>
    el("tr", {}, el("th", { scope: "row" }, pair), ...cells(["", "n strong", "n strong", "n", "n"])));
  pairs.forEach((pair, i) => {
    const paths = view.paths.filter((path) => path.pair === pair);
    const cell = rows[i].children;
    const ms = (path) => decimals(path && known(path.round_trip_s) ? path.round_trip_s * 1e3 : null, 3);
    showVerdict(cell[1], worst(paths.map((path) => path.verdict)));
    stations.forEach((s, k) => say(cell[2 + k], ms(paths.find((path) => path.station === s.id))));
    say(cell[4], decimals(paths[0].expected_s * 1e3, 3));
    const loss = paths.map((path) => path.probe_loss).filter(known);
    say(cell[5], loss.length > 0 ? decimals(Math.max(...loss) * 100, Math.max(...loss) < 0.1 ? 1 : 0) + " %" : MISSING);
  });
}

function showAgents(view, now) {
  const rows = rowsOf($("agents"), view.agents.map((agent) => agent.station), () =>
    el("li", {}, el("h3", {}, el("span"), el("span")), el("p"), el("p")));
  view.agents.forEach((agent, i) => {
    const [title, newest, sources] = rows[i].children;
    say(title.firstElementChild, stationName(view, agent.station));
    const state = agent.silent ? "unknown" : "within_budget";
    if (title.dataset.state !== state) {
      title.dataset.state = state;
      title.lastElementChild.replaceWith(el("span", { class: "verdict note", "data-verdict": state },
        glyph(state), agent.silent ? "silent" : "reporting"));
    }
    say(newest, (known(agent.newest) ? "newest sample " + moment(agent.newest, now) : "no sample yet") +
      ", " + count(agent.streams, "stream", "streams"));
    say(sources, agent.sources.map((source) => source.name +
      (known(source.newest) ? (now - source.newest > 30e3 ? " (" + lasting(now - source.newest) + " ago)" : "")
        : " (not heard)")).join(", "));
  });
}
