"""Checks dashboards against Grafana's own model of them: what the model does not know, Grafana would ignore.

Usage: check_dashboard.py FILE.json…
"""
import json
import sys

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard


def differences(written, understood, place=""):
    """Where the model's dashboard is not the file's."""
    if isinstance(written, dict) and isinstance(understood, dict):
        for key, value in written.items():
            if key in understood:
                yield from differences(value, understood[key], f"{place}/{key}")
            else:
                yield f"{place}/{key}: unknown"
    elif isinstance(written, list) and isinstance(understood, list) and len(written) == len(understood):
        for index, (one, other) in enumerate(zip(written, understood)):
            yield from differences(one, other, f"{place}/{index}")
    elif written != understood:
        yield f"{place}: {written!r} is taken for {understood!r}"


def layout_faults(panels):
    """Panels that have the same number, or lie on each other, or beside the grid."""
    numbers = [panel["id"] for panel in panels]
    yield from {f"panel {number} is there twice" for number in numbers if numbers.count(number) > 1}
    taken = {}
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield f"{panel['title']} is wider than the grid"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if taken.setdefault((x, y), panel["id"]) != panel["id"]:
                    yield f"{panel['title']} lies on panel {taken[x, y]}"
                    return


def main(paths):
    plugins.register_default_plugins()
    faults = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            written = json.load(file)
        understood = json.loads(JSONEncoder().encode(Dashboard.from_json(written)))
        faults += [f"{path}: {fault}" for fault in differences(written, understood)]
        faults += [f"{path}: {fault}" for fault in layout_faults(written["panels"])]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
