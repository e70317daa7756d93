
// What differs from the model, what is worse than it was a month ago, and what the model could not
// follow; a list, so that it is read aloud in order and folds on a phone.

const DRIFT_DB = 0.3;  // less is not worth a line

function quantityText(value, unit) {
  if (unit === "ratio") return value.toExponential(1).replace("-", "−");
  if (unit === "s") return decimals(value * 1e6, 1) + " µs";
  return decimals(value, Math.abs(value) >= 100 ? 0 : 2) + " " + unit;
}
const QUANTITY_WORDS = { osnr: "OSNR", esnr: "ESNR", q_value: "Q", pre_fec_ber: "pre-FEC BER",
  polarization_mode_dispersion: "PMD", polarization_dependent_loss: "PDL" };
const quantityName = (name) => QUANTITY_WORDS[name] || name.replaceAll("_", " ");

function remarksOf(view) {
  const found = [];
  const add = (line, verdict, title, text) =>
    found.push({ verdict, title: `${line.pair} ${wayName(view, line)}: ${title}`, text });
  for (const line of view.directions) {
    for (const off of line.off) {
      const at = off.channel ? `channel ${off.channel}` : off.element || "line port";
      add(line, off.verdict, quantityName(off.quantity) + " is off its model",
        `${at}: ${quantityText(off.observed, off.unit)}, ${quantityText(off.expected, off.unit)} ± ` +
        `${quantityText(off.uncertainty, off.unit)} expected`);
    }
  }
  for (const line of view.directions) {
    for (const [what, db] of [["margin", line.month_ago_db], ["received power", line.power_month_ago_db]]) {
      if (known(db) && db <= -DRIFT_DB) {
        add(line, "margin_low", `${what} ${decimals(-db, 2)} dB worse than a month ago`,
          "the last day's median against the week around thirty days ago");
      }
    }
  }
  for (const line of view.directions) {
    for (const remark of line.remarks) add(line, "unknown", "a setting the model could not follow", remark);
  }
  return found;
}

const MOST_REMARKS = 40;

function showTwin(view) {
  const found = remarksOf(view);
  const shown = found.slice(0, MOST_REMARKS);
  const key = JSON.stringify(shown);
  const list = $("twin");
  if (list.dataset.key !== key) {
    list.dataset.key = key;
    list.replaceChildren(...shown.map((item) => el("li", { "data-verdict": item.verdict },
      glyph(item.verdict), el("div", {}, el("h3", {}, item.title), el("p", {}, item.text)))));
  }
  $("twin-quiet").hidden = found.length > 0;
  const most = Math.max(0, ...view.directions.map((line) => line.compared));
  say($("twin-note"), `${count(most, "quantity", "quantities")} compared with the twin` +
    (found.length > shown.length ? `; ${found.length - shown.length} more not listed` : ""));
}
