"""Checks on standard input what kustomize has put together: that everything meant for the pods finds them by their
labels, that what they mount is there, and that the grace period has room for what comes before the end.
"""
import sys

import yaml

SELECTORS = {
    "Service": ("selector",),
    "Deployment": ("selector", "matchLabels"),
    "PodDisruptionBudget": ("selector", "matchLabels"),
    "NetworkPolicy": ("podSelector", "matchLabels"),
    "PodMonitor": ("selector", "matchLabels"),
}


def faults(objects):
    [deployment] = [one for one in objects if one["kind"] == "Deployment"]
    template = deployment["spec"]["template"]
    labels, pod = template["metadata"]["labels"], template["spec"]
    [container] = pod["containers"]
    namespace = deployment["metadata"]["namespace"]
    for one in objects:
        name = f"{one['kind']} {one['metadata']['name']}"
        if one["kind"] != "Namespace" and one["metadata"].get("namespace") != namespace:
            yield f"{name}: in another namespace"
        if one["kind"] in SELECTORS:
            selector = one["spec"]
            for key in SELECTORS[one["kind"]]:
                selector = selector.get(key) or {}
            if not selector or not selector.items() <= labels.items():
                yield f"{name}: selects {selector}, the pods have {labels}"
    autoscalers = [one["spec"]["scaleTargetRef"]["name"] for one in objects if one["kind"] == "HorizontalPodAutoscaler"]
    if autoscalers != [deployment["metadata"]["name"]]:
        yield f"HorizontalPodAutoscaler: scales {autoscalers}"
    secrets = {one["metadata"]["name"]: one.get("data", {}) for one in objects if one["kind"] == "Secret"}
    [mounted] = [volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume]
    [folder] = [mount["mountPath"] for mount in container["volumeMounts"] if mount.get("readOnly")]
    for variable in container["env"]:
        path = variable.get("value", "")
        if path.startswith(folder) and path.removeprefix(f"{folder}/") not in secrets.get(mounted, {}):
            yield f"{variable['name']}: the secret {mounted} has no {path}"
    for one in objects:
        for endpoint in one["spec"].get("podMetricsEndpoints", []) if one["kind"] == "PodMonitor" else []:
            token = endpoint["authorization"]["credentials"]
            if token["key"] not in secrets.get(token["name"], {}):
                yield f"PodMonitor: no secret {token}"
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][-1])
    # What jobs are given, what answers are given after them, and the end of the workers.
    if pod["terminationGracePeriodSeconds"] < pause + 25 + 3 + 2:
        yield "Deployment: the grace period is too short"


def main():
    found = list(faults([one for one in yaml.safe_load_all(sys.stdin) if one]))
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
