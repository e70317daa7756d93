
// Roots with their consequences under them; what comes and goes is also said aloud.

const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);
function alarmTitle(alarm) {
  const what = sentence(alarm.type.replaceAll("_", " ")) + (alarm.qualifier ? " " + alarm.qualifier : "");
  const on = [alarm.station, alarm.pair, alarm.direction && alarm.direction.replace("-", "→"),
    alarm.channel ? "channel " + alarm.channel : "", alarm.element, alarm.source].filter(Boolean);
  return on.length > 0 ? what + ", " + on.join(" ") : what;
}

function alarmPlace(view, alarm) {
  const place = alarm.place;
  if (!place) return "";
  const km = (place.from_km + place.to_km) / 2, half = (place.to_km - place.from_km) / 2;
  if (place.by === "position") {
    return `km ${decimals(km, 1)} ± ${decimals(half, 1)} from ${view.plant.stations[0].name}` +
      (place.coordinates ? ", " + place.coordinates : "") +
      (alarm.placed_by ? `, as ${alarm.placed_by} measured` : "");
  }
  if (place.by === "station") return "at " + stationName(view, alarm.station);
  if (place.by === "element") {
    const name = alarm.cause_element || alarm.element;
    return half > 0 ? `in ${name}, km ${decimals(place.from_km, 0)} to ${decimals(place.to_km, 0)}`
      : `at ${name}, km ${decimals(km, 0)}`;
  }
  return "on the whole line";
}

function showAlarms(view, now) {
  const roots = view.alarms.filter((alarm) => alarm.parent === 0);
  const parents = new Map(view.alarms.map((alarm) => [alarm.id, alarm.parent]));
  const under = new Map();  // all that follows from a root, however far
  for (const alarm of view.alarms.filter((a) => a.parent !== 0)) {
    let root = alarm.parent;
    for (let steps = 0; steps < 8 && parents.get(root); steps += 1) root = parents.get(root);
    under.set(root, [...(under.get(root) || []), alarm]);
  }
  const list = $("alarms");
  const made = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const items = roots.map((alarm) => {
    const item = made.get(String(alarm.id)) || newAlarm(alarm);
    fillAlarm(item, view, alarm, under.get(alarm.id) || [], now);
    return item;
  });
  if (items.length !== list.children.length || items.some((item, i) => item !== list.children[i])) {
    list.replaceChildren(...items);
  }
  $("quiet").hidden = roots.length > 0;
  const more = view.alarms_standing - view.alarms.length;
  say($("alarms-note"), roots.length === 0 ? "" : count(roots.length, "root", "roots") + ", " +
    count(view.alarms_standing - roots.length, "consequence", "consequences") +
    (more > 0 ? `; ${more} not listed` : ""));
  announce(roots);
}

function newAlarm(alarm) {
  return el("li", { "data-id": alarm.id },
    el("p", { class: "severity" }), el("h3"), el("p"), el("p", { class: "where" }),
    el("p", { class: "where" }), el("details", {}, el("summary"), el("ul")));
}

function fillAlarm(item, view, alarm, consequences, now) {
  mark(item, "data-severity", alarm.severity);
  const [severity, title, text, where, word, details] = item.children;
  const told = [alarm.acknowledged && "acknowledged", alarm.shelved && "shelved",
    alarm.maintenance && "in maintenance", alarm.flapping && "flapping"].filter(Boolean);
  item.classList.toggle("calm", told.length > 0);
  say(severity, [alarm.severity, ...told].join(" · "));
  say(title, alarmTitle(alarm));
  say(text, [alarm.text, alarm.cause].filter(Boolean).map(sentence).join(". "));
  say(where, [alarmPlace(view, alarm), `since ${moment(alarm.raised, now)} (${lasting(now - alarm.raised)})`]
    .filter(Boolean).join(", "));
  const note = [
    alarm.acknowledged && `${alarm.acknowledged.by}: ${alarm.acknowledged.note || "acknowledged"}`,
    alarm.shelved && `shelved by ${alarm.shelved.by} until ${moment(alarm.shelved.until, now)}` +
      (alarm.shelved.note ? `: ${alarm.shelved.note}` : "")].filter(Boolean).join(" · ");
  say(word, note);
  word.hidden = note === "";
  details.hidden = consequences.length === 0;
  say(details.firstElementChild, count(consequences.length, "consequence", "consequences"));
  const key = JSON.stringify(consequences.map((c) => [c.id, c.severity]));
  if (details.dataset.key !== key) {
    details.dataset.key = key;
    details.lastElementChild.replaceChildren(...consequences.map((c) => el("li", {}, `${alarmTitle(c)} (${c.severity})`)));
  }
}

let announced = null;  // titles by id; nothing before the first view
function announce(roots) {
  const standing = new Map(roots.map((alarm) => [alarm.id, alarmTitle(alarm)]));
  if (announced !== null) {
    const raised = [...standing].filter(([id]) => !announced.has(id)).map(([, title]) => title);
    const cleared = [...announced].filter(([id]) => !standing.has(id)).map(([, title]) => title);
    const words = [raised.length > 0 ? "New alarm: " + raised.slice(0, 3).join("; ") : "",
      cleared.length > 0 ? "Cleared: " + cleared.slice(0, 3).join("; ") : ""].filter(Boolean).join(". ");
    if (words !== "") say($("news"), words);
  }
  announced = standing;
}
