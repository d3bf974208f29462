#!/usr/bin/env bash
# Checks what runs the service elsewhere: container image, compose, Kubernetes, systemd, Prometheus, Grafana.
# Its tools come from PyPI into .build/check-tools; promtool and systemd-analyze are Debian's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/python-tools.sh

readonly kubernetes=1.34
scratch=$(mktemp -d /tmp/lazypages-check.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

say() { printf 'check: %s\n' "$*"; }

check_kubernetes() {
    if ! command -v kubectl >/dev/null; then
        say "skipped, kubectl is not installed"
        return
    fi
    # With secrets of its own: an installation's are not looked at.
    cp -r deploy/kubernetes "$scratch/kubernetes"
    local overlay=$scratch/kubernetes/overlays/example
    rm -rf "$overlay/secrets"
    deploy/make-secrets.sh "$overlay/secrets" database >/dev/null
    kubectl kustomize "$overlay" >"$scratch/kubernetes.yaml"
    python3 -m kubernetes_validate --strict --quiet --no-warn -k "$kubernetes" "$scratch/kubernetes.yaml"
    python3 deploy/kubernetes/check_selectors.py <"$scratch/kubernetes.yaml"
}

# The service is not installed here: something else stands for it. The exposure is that of `systemd-analyze security`, times
# ten.
check_systemd() {
    sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' deploy/systemd/lazypages.service >"$scratch/lazypages.service"
    systemd-analyze verify "$scratch/lazypages.service"
    mkdir "$scratch/lazypages.service.d"
    cp deploy/systemd/postgresql.conf "$scratch/lazypages.service.d/local.conf"
    systemd-analyze verify "$scratch/lazypages.service"
    systemd-analyze security --offline=true --threshold=20 "$scratch/lazypages.service" >"$scratch/security" ||
        { cat "$scratch/security" && return 1; }
}

check_prometheus() {
    promtool check rules deploy/prometheus/rules.yml
    promtool check config --syntax-only deploy/prometheus/prometheus.yml
    promtool test rules deploy/prometheus/rules.test.yml
}

main() {
    [[ $# -eq 0 ]] || { echo "Usage: deploy/check.sh" >&2 && exit 2; }
    use_python_tools "$PWD/.build/check-tools" deploy/check-requirements.txt
    say "YAML" && python3 -m yamllint --strict --config-file deploy/yamllint.yaml deploy
    say "image" && hadolint deploy/Dockerfile
    say "compose" && python3 -m check_jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yaml
    say "Kubernetes" && check_kubernetes
    say "systemd" && check_systemd
    say "Prometheus" && check_prometheus
    say "Grafana" && python3 deploy/grafana/check_dashboard.py deploy/grafana/dashboards/*.json
}

main "$@"
