"""The two questions asked of Prometheus and Alertmanager over HTTP."""

import json
import math
import urllib.error
import urllib.parse
import urllib.request


class QueryError(Exception):
    """The server cannot be reached or does not accept the query."""


def get_json(url, timeout_s=5):
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise QueryError(f"{error.code}: {error.read().decode(errors='replace')}") from error
    except (OSError, ValueError) as error:
        raise QueryError(str(error)) from error


def query(base_url, expression):
    """An instant query: a list of (labels, value)."""
    told = get_json(f"{base_url}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
    data = told["data"]
    if data["resultType"] == "scalar":
        return [({}, float(data["result"][1]))]
    return [(row["metric"], float(row["value"][1])) for row in data["result"]]


def query_by(base_url, expression, *labels):
    """The same as a dictionary from the labels' values to the number; NaN is left out."""
    return {
        tuple(metric.get(label, "") for label in labels): value
        for metric, value in query(base_url, expression)
        if not math.isnan(value)
    }


def targets(base_url):
    return get_json(f"{base_url}/api/v1/targets?state=active")["data"]["activeTargets"]


def alerts(alertmanager_url):
    """Alerts Alertmanager holds as active, inhibited ones included."""
    return get_json(f"{alertmanager_url}/api/v2/alerts?active=true")
