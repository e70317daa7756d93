
// Where the view comes from: events while they come, else asking; and how old it is.

const STALE_AFTER_MS = 6000;
const LOST_AFTER_MS = 15000;
const ASK_EVERY_MS = 2500;
const LISTEN_AGAIN_MS = 20000;

let view = null;
let time = 0;        // of the view, by the collector's clock
let news = 0;        // when the collector's time last moved on, by this page's clock
let listening = false;
let listenAt = 0;
let asking = false;
const started = performance.now();
const choice = { pair: null, direction: "a-b" };

function heard(newTime, newView) {
  if (newTime > time || newView) news = performance.now();
  time = newTime;
  if (newView) {
    if (view && view.version !== newView.version) { location.reload(); return; }
    view = newView;
    draw();
  }
  age();
}

function draw() {
  if (!view) return;
  const pairs = pairsOf(view);
  if (!pairs.includes(choice.pair)) choice.pair = pairs[0];
  say($("plant"), view.plant.name);
  headline();
  const choose = (chosen) => { Object.assign(choice, chosen); draw(); };
  drawLine(view, choice.pair, (pair) => choose({ pair }));
  fillChoice(view, choice, choose);
  const line = view.directions.find((l) => l.pair === choice.pair && l.direction === choice.direction);
  if (line) drawProfile(view, line);
  showMargins(view, choice, choose);
  showTwin(view);
  showLatency(view);
  showAlarms(view, time);
  showAgents(view, time);
}

function headline() {
  const all = view.directions.length;
  const of = (verdict) => view.directions.filter((line) => line.verdict === verdict).length;
  const good = of("within_budget");
  const roots = view.alarms.filter((alarm) => alarm.parent === 0).length;
  say($("headline"), (good === all ? `All ${all} directions within budget` : `${good} of ${all} directions within budget`) +
    (roots > 0 ? `, ${count(roots, "alarm", "alarms")}` : ""));
  const counts = Object.keys(VERDICTS).filter((v) => v !== "within_budget" && of(v) > 0);
  const key = counts.map((v) => v + of(v)).join() + view.store_failing;
  if ($("counts").dataset.key !== key) {
    $("counts").dataset.key = key;
    $("counts").replaceChildren(...counts.map((v) => el("li", { class: "verdict", "data-verdict": v },
      glyph(v), `${of(v)} ${VERDICTS[v].toLowerCase()}`)),
      ...(view.store_failing ? [el("li", { class: "verdict", "data-verdict": "below_budget" },
        glyph("below_budget"), "the collector's store cannot write")] : []));
  }
  const title = (roots > 0 ? `(${roots}) ` : "") + "CaspiLink " + view.plant.name;
  if (document.title !== title) document.title = title;
}

// Says how old the view is. The live region changes only where its words do.
function age() {
  const silence = performance.now() - (view ? news : started);
  const link = silence > LOST_AFTER_MS ? "lost" : silence > STALE_AFTER_MS ? "stale"
    : !view ? "waiting" : listening ? "live" : "polling";
  mark(document.body, "data-link", link);
  say($("link"), { waiting: "Connecting", live: "Live", polling: "Asking", stale: "Stale", lost: "No connection" }[link]);
  if (view) {
    say($("as-of"), clock(time));
    mark($("as-of"), "datetime", new Date(time).toISOString());
  }
  const old = link === "stale" || link === "lost";
  if (old) {
    say($("unheard"), view ? `Nothing new from the collector: this is the line as of ${clock(time)}, not as it is now.`
      : "The collector does not answer.");
  }
  $("unheard").hidden = !old;
}

function listen() {
  const source = new EventSource("events");
  source.addEventListener("open", () => { listening = true; age(); });
  source.addEventListener("state", (event) => { const told = JSON.parse(event.data); heard(told.time, told.view); });
  source.addEventListener("beat", (event) => heard(JSON.parse(event.data).time, null));
  source.addEventListener("error", () => {
    // Never by its own pace: a collector that was gone has a page to ask for, and places are few.
    source.close();
    listening = false;
    listenAt = performance.now() + LISTEN_AGAIN_MS;
    age();
  });
}

async function ask() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch("state.json", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (answer.ok) {
      const told = await answer.json();
      if (!listening) heard(told.time, told.view);
    }
  } catch {
    // Whoever does not answer shows by the age of the view.
  } finally {
    asking = false;
    age();
  }
}

function tick() {
  if (!listening) {
    ask();
    if (performance.now() >= listenAt) { listenAt = Infinity; listen(); }
  }
  age();
}

for (const item of document.querySelectorAll(".legend [data-verdict]")) {
  item.append(glyph(item.dataset.verdict), VERDICTS[item.dataset.verdict].toLowerCase());
}
let drawnWidth = 0;
new ResizeObserver(() => {
  if ($("main").clientWidth === drawnWidth) return;
  drawnWidth = $("main").clientWidth;
  requestAnimationFrame(draw);
}).observe($("main"));
setInterval(age, 1000);
setInterval(tick, ASK_EVERY_MS);
tick();
