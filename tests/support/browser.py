"""A headless Chromium, spoken to by the WebDriver protocol through Debian's chromedriver."""

import base64
import json
import re
import subprocess
import tempfile
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# Of the WebDriver standard, section 17.4.2.
TAB, ENTER, SPACE = "\ue004", "\ue007", " "

CHROMIUM = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-dev-shm-usage", "--force-color-profile=srgb",
]  # fmt: skip


class Browser:
    """Use as a context manager: leaving it ends the browser and its driver."""

    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._session = None
        self._url = f"http://127.0.0.1:{self._port()}"
        options = {
            "binary": "/usr/bin/chromium",
            "args": [*CHROMIUM, f"--user-data-dir={self._profile.name}"],
        }
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        told = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = told["sessionId"]

    def _port(self):
        for line in self._driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                return int(found[1])
        raise AssertionError(f"chromedriver ended with {self._driver.wait()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self._session:
                self._ask("DELETE", f"/session/{self._session}")
        finally:
            self._driver.terminate()
            self._driver.wait(timeout=20)
            self._driver.stdout.close()
            self._profile.cleanup()

    def _ask(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self._url + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {json.load(error)['value']['message']}") from None

    def _post(self, path, body=None):
        return self._ask("POST", f"/session/{self._session}{path}", body)

    def open(self, url):
        self._post("/url", {"url": url})

    def run(self, script, *arguments):
        """What the body of a function returns, run in the page."""
        return self._post("/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.innerText ?? null", selector)

    def press(self, *keys):
        actions = [
            {"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")
        ]
        self._post("/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def devtools(self, command, **parameters):
        return self._post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screen(self, width, height, scale=1):
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=False,
        )  # fmt: skip

    def prefer(self, **features):
        """prefer(color_scheme="dark")"""
        told = [
            {"name": "prefers-" + name.replace("_", "-"), "value": value}
            for name, value in features.items()
        ]
        self.devtools("Emulation.setEmulatedMedia", features=told)

    def screenshot(self, path, whole=False):
        told = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(told["data"]))

    def complaints(self):
        """What the console has said since the last call, warnings and errors."""
        return [
            f"{entry['level']}: {entry['message']}"
            for entry in self._post("/se/log", {"type": "browser"})
            if entry["level"] in ("WARNING", "SEVERE")
        ]
