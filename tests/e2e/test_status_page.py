"""The status page in a real browser, against the running demo."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from browser import ENTER, TAB, Browser
from demo import plant, settings, system
from running import ROOT, free_first_port, require_tools, wait_until

PLANT = ROOT / "deploy/plants/trans_caspian_repeatered.yaml"
PICTURES = pathlib.Path(os.environ["CASPILINK_BIN"]).resolve().parent / "status_page"
DESK, PHONE, WALL = (1440, 900), (360, 780), (3840, 2160)

# How many texts were looked at, and those that are too faint, with their contrast. What lies behind a
# text is the nearest ground that is painted, mixed where it is half transparent.
CONTRAST = """
const told = structuredClone(view);
told.alarms = ['critical', 'major', 'minor', 'warning', 'indeterminate'].map((severity, i) => (
  {id: 9000 + i, parent: 0, type: 'line_cut', qualifier: '', severity, text: 'seen', cause: 'why',
   raised: time, place: null, shelved: i > 2 ? {by: 'leyla', note: 'known', until: time} : undefined}));
told.alarms.push({...told.alarms[0], id: 9100, parent: 9000});
heard(time + 1, told);
document.querySelectorAll('details').forEach(d => d.open = true);
const rgba = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
const luminance = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const ground = element => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    const colour = rgba(getComputedStyle(e).backgroundColor);
    if (colour[3] > 0) layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
};
let checked = 0;
const faint = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
  const box = element.getBoundingClientRect(), style = getComputedStyle(element);
  if (!text || box.width < 2 || ['SCRIPT', 'STYLE', 'OPTION'].includes(element.tagName) ||
      style.visibility === 'hidden' || element.closest('.unseen, .skip')) continue;
  const under = ground(element);
  const ink = over(rgba(element.closest('svg') ? style.fill : style.color), under);
  const [light, dark] = [luminance(ink), luminance(under)].sort((a, b) => b - a);
  const contrast = (light + 0.05) / (dark + 0.05), px = parseFloat(style.fontSize);
  const large = px >= 24 || (px >= 18.66 && parseInt(style.fontWeight) >= 700);
  checked += 1;
  if (contrast < (large ? 3 : 4.5)) faint.push([text.slice(0, 40), Math.round(contrast * 100) / 100]);
}
return [checked, faint];
"""

line = None  # the running system and the browser, shared by all cases
browser = None


def setUpModule():
    global line, browser
    PICTURES.mkdir(exist_ok=True)
    folder = pathlib.Path(unittest.enterModuleContext(tempfile.TemporaryDirectory()))
    layout = settings.Layout(ROOT, pathlib.Path(os.environ["CASPILINK_BIN"]).resolve(), folder)
    line = unittest.enterModuleContext(
        system.System(layout, settings.Ports(free_first_port()), plant.load(layout, PLANT))
    )
    line.start()
    browser = unittest.enterModuleContext(Browser())
    line.wait_for_margins()


def inject(*arguments):
    subprocess.run(
        [line.layout.program("caspilink-simulator"), "inject", "--line", line.layout.line, *arguments],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip


def until(condition, within_s, what):
    def asked():
        line.raise_if_died()
        return condition()

    return wait_until(asked, within_s, what)


def link():
    return browser.run("return document.body.dataset.link")


def lane(pair):
    """Verdict in words of a fibre pair's row, a to b."""
    return browser.run(
        "return [...document.querySelectorAll('#margins table:first-child tbody tr')]"
        ".find(row => row.cells[0].innerText === arguments[0])?.cells[1].innerText ?? null",
        pair,
    )


def wide_tables():
    """Captions of tables that stick out of their place, over what stands beside them."""
    return browser.run(
        "return [...document.querySelectorAll('table')].filter(t => t.offsetParent !== null &&"
        " t.getBoundingClientRect().right > t.parentElement.getBoundingClientRect().right + 1 ||"
        " [...t.parentElement.children].some(o => o !== t && o.tagName === 'TABLE' &&"
        "  o.getBoundingClientRect().top === t.getBoundingClientRect().top &&"
        "  o.getBoundingClientRect().left > t.getBoundingClientRect().left &&"
        "  o.getBoundingClientRect().left < t.getBoundingClientRect().right))"
        ".map(t => t.caption.innerText)"
    )


def focused():
    return browser.run("const e = document.activeElement; return e.id || e.className || e.innerText")


class StatusPage(unittest.TestCase):
    def setUp(self):
        browser.prefer(color_scheme="light")
        browser.screen(*DESK)
        browser.open(line.ports.collector_http.url + "/")
        until(lambda: link() == "live", 30, "live")
        self.headline("All 32 directions within budget")

    def headline(self, text, within_s=60):
        until(lambda: (browser.text("#headline") or "").startswith(text), within_s, text)

    def tearDown(self):
        self.assertEqual(browser.complaints(), [])

    def test_shows_the_line_and_goes_on(self):
        self.assertEqual(browser.text("#plant"), line.plant.name)
        rows = browser.run(
            "return [...document.querySelectorAll('#margins tbody tr')]"
            ".map(row => [...row.cells].map(cell => cell.innerText))"
        )
        self.assertEqual(len(rows), 2 * len(line.plant.fibre_pairs))
        for row in rows:
            self.assertGreater(float(row[3]), 0, row)
            self.assertLess(abs(float(row[3]) - float(row[4])), 1, row)
            self.assertLess(float(row[5]), float(row[4]), row)
        until(
            lambda: browser.run(
                "return [...document.querySelectorAll('#latency tr')].every("
                "row => Number(row.cells[2].innerText) > 3.7 && Number(row.cells[3].innerText) > 3.7)"
            ),
            60,
            "latency from both stations",
        )
        self.assertEqual(browser.text("#agents").count("reporting"), 2)
        self.assertGreaterEqual(browser.run("return document.querySelectorAll('.observed-point').length"), 2)
        self.assertEqual(browser.run("return document.querySelectorAll('#line .lane').length"), 16)
        self.assertEqual(browser.run("return document.querySelectorAll('#line .body').length"), 4)
        self.assertTrue(browser.run("return !document.querySelector('#quiet').hidden"))
        first = browser.text("#as-of")
        until(lambda: browser.text("#as-of") != first, 15, "time goes on")
        browser.screenshot(PICTURES / "light.png", whole=True)

    def test_y_a_cut_shows_without_a_reload_and_so_does_its_repair(self):
        browser.run("window.untouched = true")
        self.assertEqual(lane("FP03"), "Within budget")
        inject("cut", "--fibre-pair", "FP03", "--at-km", "120")
        self.addCleanup(inject, "restore", "--all")
        until(lambda: (browser.text("#alarms") or "").find("Fibre pair cut, FP03") >= 0, 60, "the alarm")
        until(lambda: lane("FP03") == "Below budget", 30, "the verdict")
        self.headline("30 of 32 directions within budget, 1 alarm")
        self.assertIn("FP03", browser.run("return document.querySelector('#news').textContent"))
        # By shape as well as by colour.
        good, bad = browser.run(
            "return ['within_budget', 'below_budget'].map(v => getComputedStyle("
            "document.querySelector(`.strand[data-verdict=${v}]`)).strokeDasharray)"
        )
        self.assertNotEqual(good, bad)
        browser.run("document.querySelector('#pair').value = 'FP03';"
                    "document.querySelector('#pair').dispatchEvent(new Event('change'))")  # fmt: skip
        browser.screenshot(PICTURES / "cut_light.png", whole=True)
        browser.prefer(color_scheme="dark")
        browser.screenshot(PICTURES / "cut_dark.png", whole=True)
        for name, size in (("cut_phone.png", PHONE), ("cut_wall.png", WALL)):
            browser.screen(*size)
            until(lambda w=size[0]: browser.run("return innerWidth") == w, 10, "the size")
            until(lambda: browser.run("return document.querySelector('#line svg').viewBox.baseVal.width"
                                      " <= innerWidth"), 10, "drawn anew")  # fmt: skip
            self.assertTrue(browser.run("const page = document.documentElement;"
                                        "return page.scrollWidth <= page.clientWidth"), name)  # fmt: skip
            browser.screenshot(PICTURES / name, whole=size == PHONE)
        inject("restore", "--fibre-pair", "FP03")
        # What the cut did to the counts of its quarter of an hour stands until that is over.
        self.headline("All 32 directions within budget", 120)
        until(lambda: "Fibre pair cut" not in browser.text("#alarms"), 60, "the alarm has cleared")
        self.assertEqual(lane("FP03"), "Within budget")
        self.assertTrue(browser.run("return window.untouched === true"))

    def test_fits_a_phone_and_a_wall(self):
        for size in (PHONE, WALL):
            for scheme in ("light", "dark"):
                with self.subTest(width=size[0], scheme=scheme):
                    browser.prefer(color_scheme=scheme)
                    browser.screen(*size)
                    until(
                        lambda w=size[0]: browser.run(
                            "const page = document.documentElement;"
                            "return page.clientWidth <= arguments[0] && page.scrollWidth <= page.clientWidth &&"
                            " document.querySelector('#line svg').viewBox.baseVal.width <= arguments[0]",
                            w,
                        ),
                        20,
                        "no sideways scrolling",
                    )
                    self.assertEqual(wide_tables(), [])
                    browser.screenshot(PICTURES / f"{scheme}_{size[0]}.png", whole=size == PHONE)

    def test_dark_is_dark(self):
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = browser.run(ground)
        browser.prefer(color_scheme="dark")
        dark = browser.run(ground)
        shade = lambda colour: sum(int(c) for c in colour[4:-1].split(",")[:3])  # noqa: E731
        self.assertGreater(shade(light), 600)
        self.assertLess(shade(dark), 150)

    def test_text_stands_out_from_its_ground(self):
        # WCAG 2.1, 1.4.3: 4.5 to 1, or 3 to 1 for large text; nothing fades in these pictures. The
        # alarm is put there, so that its card is looked at as well.
        for scheme in ("light", "dark"):
            for size in (PHONE, DESK):
                browser.prefer(color_scheme=scheme)
                browser.screen(*size)
                with self.subTest(scheme=scheme, width=size[0]):
                    checked, faint = browser.run(CONTRAST)
                    self.assertGreater(checked, 100)
                    self.assertEqual(faint, [])

    def test_everything_is_reached_by_keyboard(self):
        browser.press(TAB)
        self.assertEqual(focused(), "skip")
        self.assertGreater(
            browser.run("return document.activeElement.getBoundingClientRect().bottom"), 0
        )
        browser.press(ENTER)
        until(lambda: focused() == "main", 5, "skipped to the main part")
        seen = []
        while len(seen) < 60 and "FP05" not in seen:
            browser.press(TAB)
            seen.append(focused())
            self.assertNotEqual(
                browser.run("return getComputedStyle(document.activeElement).outlineStyle"), "none"
            )
        self.assertIn("pair", seen)
        self.assertIn("Readings as a table", seen)
        self.assertIn("FP05", seen)
        browser.press(ENTER)
        until(lambda: browser.run("return document.querySelector('#pair').value") == "FP05", 5, "chosen")
        self.assertEqual(focused(), "FP05", "a choice keeps the focus")

    def test_says_what_is_off_the_model_drifts_or_is_not_followed(self):
        self.assertFalse(browser.run("return document.querySelector('#twin-quiet').hidden"))
        self.assertRegex(browser.text("#twin-note"), r"^\d+ quantities compared")
        for scheme, size in (("light", PHONE), ("dark", DESK)):
            browser.prefer(color_scheme=scheme)
            browser.screen(*size)
            said = browser.run(
                "const told = structuredClone(view), line = told.directions[4];"
                "line.off = [{quantity: 'osnr', unit: 'dB', verdict: 'margin_low', channel: 32, element: '',"
                " observed: 29.8, expected: 31.8, uncertainty: 0.583},"
                " {quantity: 'pre_fec_ber', unit: 'ratio', verdict: 'below_budget', channel: 32, element: '',"
                " observed: 0.0123, expected: 0.001, uncertainty: 0.0002}];"
                "line.month_ago_db = -0.42; line.power_month_ago_db = -0.1;"
                "line.remarks = ['R2: target gain 50 is out of range, so <b>30</b>'];"
                # What the collector says next must not take it away again.
                "window.hear ??= heard; hear(time + 1, told); heard = () => {};"
                "return [...document.querySelectorAll('#twin > li')].map(item => [item.dataset.verdict, item.innerText])"
            )
            self.assertEqual([verdict for verdict, _ in said],
                             ["margin_low", "below_budget", "margin_low", "unknown"])  # fmt: skip
            texts = [text for _, text in said]
            self.assertIn("FP03 Sumgait → Aktau: OSNR is off its model", texts[0])
            self.assertIn("channel 32: 29.80 dB, 31.80 dB ± 0.58 dB expected", texts[0])
            self.assertIn("1.2e−2", texts[1])
            self.assertIn("margin 0.42 dB worse than a month ago", texts[2])
            self.assertIn("so <b>30</b>", texts[3])
            self.assertTrue(browser.run("return document.querySelector('#twin-quiet').hidden"))
            self.assertEqual(
                browser.run("return [...document.querySelectorAll('#margins tbody tr')][2].cells[6].innerText"), "−0.42"
            )
            self.assertTrue(browser.run("const page = document.documentElement;"
                                        "return page.scrollWidth <= page.clientWidth"))  # fmt: skip
            self.assertEqual(wide_tables(), [])
            browser.screenshot(PICTURES / f"twin_{scheme}.png", whole=True)

    def test_screen_readers_find_their_way(self):
        self.assertEqual(
            browser.run(
                "const named = e => (e.getAttribute('aria-label') || e.labels?.[0]?.innerText || "
                "document.getElementById(e.getAttribute('aria-labelledby'))?.innerText || '').trim();"
                "return [...document.querySelectorAll('section, .figure > svg, select, input')]"
                ".filter(e => !named(e)).map(e => e.outerHTML.slice(0, 80))"
            ),
            [],
        )
        self.assertEqual(browser.run("return document.querySelectorAll('table').length"), 4)
        self.assertEqual(
            browser.run("return [...document.querySelectorAll('table')].every("
                        "t => t.caption && [...t.querySelectorAll('th')].every(h => h.scope))"), True)  # fmt: skip
        self.assertEqual(browser.run("return document.documentElement.lang"), "en-GB")
        self.assertEqual(browser.run("return document.querySelectorAll('main, header').length"), 2)

    def test_a_name_is_never_markup(self):
        shown = browser.run(
            "const told = structuredClone(view);"
            "told.plant.name = told.agents[0].sources[0].name = '<img src=x onerror=alert(1)>';"
            "told.alarms = [{id: 1, parent: 0, type: '<b>x</b>', qualifier: '', severity: 'major',"
            " text: '<script>1</script>', cause: '', raised: time, place: null}];"
            "heard(time + 1, told);"
            "return [document.querySelectorAll('img, #alarms b, #alarms script').length,"
            " document.querySelector('#plant').textContent]"
        )
        self.assertEqual(shown, [0, "<img src=x onerror=alert(1)>"])

    def test_z_a_collector_that_is_gone_is_said_and_its_return_is_seen(self):
        browser.run("window.untouched = true")
        collector = line.process("collector")
        collector.kill()
        until(lambda: link() in ("stale", "lost"), 30, "stale")
        until(lambda: link() == "lost", 30, "lost")
        self.assertIn("not as it is now", browser.text("#unheard"))
        browser.screenshot(PICTURES / "lost.png")
        collector.restart()
        until(lambda: link() == "polling" or link() == "live", 60, "news again")
        until(lambda: link() == "live", 60, "live again")
        self.assertTrue(browser.run("return document.querySelector('#unheard').hidden"))
        self.assertTrue(browser.run("return window.untouched === true"))
        browser.complaints()  # requests that found nobody are as they should be


if __name__ == "__main__":
    require_tools("chromium", "chromedriver", "prometheus", "prometheus-alertmanager")
    unittest.main(verbosity=2)
