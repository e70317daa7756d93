"""The queries of our dashboards, as Grafana would put them to Prometheus."""

import json
import re
import time
import urllib.parse

from demo import prometheus
from running import ROOT

DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
VARIABLES = {
    "$__rate_interval": "15s",
    "$__interval": "5s",
    "$__range": "60s",
    "$fibre_pair": ".*",
    "$cable": ".*",  # one cable, and no label of that name
}


def filled_in(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def panels(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", ())


def queries(dashboard):
    """(panel title, query with its variables filled in, whether it is asked over a range)."""
    for panel in panels(dashboard):
        for target in panel.get("targets", ()):
            yield panel["title"], filled_in(target["expr"]), target["range"]


def variable_queries(dashboard):
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"]).groups()
            yield variable["name"], f"count by ({label}) ({filled_in(metric)})"


def points(base_url, expression, over_a_range):
    """How many points the answer has; raises QueryError when it is an error."""
    if not over_a_range:
        return len(prometheus.query(base_url, expression))
    now = time.time()
    asked = urllib.parse.urlencode(
        {"query": expression, "start": now - 20, "end": now, "step": 5}
    )
    told = prometheus.get_json(f"{base_url}/api/v1/query_range?{asked}")
    return sum(len(series["values"]) for series in told["data"]["result"])


def load(path):
    return json.loads(path.read_text())
