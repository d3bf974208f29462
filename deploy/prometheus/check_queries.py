#!/usr/bin/env python3
"""Evaluates every query of the dashboard and of the rules on a Prometheus that scrapes a service under load.

A query must name only metrics, labels and label values that the service has, and must have a result.
Usage: check_queries.py PROMETHEUS DASHBOARD.json
"""
import json
import math
import re
import sys
import urllib.parse
import urllib.request

SELECTOR = re.compile(r"\b((?:lazypages|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\bby \(([^)]*)\)")
# What an alert compares with: without it, the query has a result on a service that is well, too.
THRESHOLD = re.compile(r"\s*(?:>|<|==)\s*[0-9.]+\s*$")
VARIABLES = {"$__rate_interval": "30s", "$job": "lazypages", "$instance": ".*"}


class Prometheus:
    def __init__(self, address):
        self.address = address

    def get(self, path, **parameters):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=30) as answer:
            return json.load(answer)["data"]

    def series(self):
        """For each metric the labels of all its series."""
        found = {}
        for labels in self.get("series", **{"match[]": '{job="lazypages"}'}):
            found.setdefault(labels.pop("__name__"), []).append(labels)
        return found

    def rules(self):
        return [rule for group in self.get("rules")["groups"] for rule in group["rules"]]

    def values(self, query):
        """The numbers that a query comes to; what has none yet, such as 0 ÷ 0, is left out."""
        samples = self.get("query", query=query)["result"]
        numbers = [float(sample["value"][1]) for sample in samples]
        return [number for number in numbers if not math.isnan(number)]


def unknown_names(query, series):
    """What a query names that the service does not have."""
    labels_of_query = {"le"}
    for name, matchers in SELECTOR.findall(query):
        if name not in series:
            yield f"metric {name}"
            continue
        labels_of_query.update(label for labels in series[name] for label in labels)
        for label, operator, value in MATCHER.findall(matchers):
            known = {labels[label] for labels in series[name] if label in labels}
            if not known:
                yield f"label {label} of {name}"
            elif operator in ("=", "=~"):
                pattern = re.fullmatch if operator == "=~" else str.__eq__
                for wanted in value.split("|"):
                    if not any(pattern(wanted, one) for one in known):
                        yield f'{label}="{wanted}" of {name}'
    for grouping in GROUPING.findall(query):
        for label in filter(None, re.split(r"[,\s]+", grouping)):
            if label not in labels_of_query:
                yield f"label {label}, to group by"


def dashboard_queries(path):
    """Titles and queries of a dashboard's panels, variables and annotations."""
    with open(path, encoding="utf-8") as file:
        dashboard = json.load(file)
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"], True
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
            yield f"variable {variable['name']}", f"sum by ({selector[2]}) ({selector[1]})", True
    for annotation in dashboard["annotations"]["list"]:
        # Only now and then anything happens that is worth one.
        yield f"annotation {annotation['name']}", THRESHOLD.sub("", annotation["expr"]), True


def rule_queries(rules):
    for rule in rules:
        query = THRESHOLD.sub("", rule["query"])
        yield rule["name"], query, not query.startswith("absent(")


def main(address, dashboard):
    prometheus = Prometheus(address)
    series = prometheus.series()
    rules = prometheus.rules()
    faults = [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] != "ok"]
    queries = list(dashboard_queries(dashboard)) + list(rule_queries(rules))
    for title, query, has_result in queries:
        for name, value in VARIABLES.items():
            query = query.replace(name, value)
        unknown = list(unknown_names(query, series))
        faults += [f"{title}: the service has no {name}" for name in unknown]
        if has_result and not unknown and not prometheus.values(query):
            faults.append(f"{title}: no result: {query}")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(queries)} queries, {len(series)} metrics, {len(faults)} faults")
    return 1 if faults or not rules else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
