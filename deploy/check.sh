#!/usr/bin/env bash
# Checks what runs the service elsewhere: container image, compose, Kubernetes, systemd, Prometheus, Grafana.
# Its tools come from PyPI into .build/check-tools; promtool and systemd-analyze are Debian's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly requirements=deploy/check-requirements.txt
readonly tools=$PWD/.build/check-tools
readonly kubernetes=1.34
scratch=$(mktemp -d /tmp/lazypages-check.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

say() { printf 'check: %s\n' "$*"; }

# Anew where the list has changed; the stamp comes last.
install_tools() {
    if cmp --silent "$requirements" "$tools/stamp"; then return; fi
    rm -rf "$tools"
    mkdir -p "$tools"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: \
        --requirement "$requirements" --target "$tools"
    cp "$requirements" "$tools/stamp"
}

tool() {
    PYTHONPATH=$tools python3 "$@"
}

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
    tool -m kubernetes_validate --strict --quiet --no-warn -k "$kubernetes" "$scratch/kubernetes.yaml"
    tool deploy/kubernetes/check_selectors.py <"$scratch/kubernetes.yaml"
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
    install_tools
    say "YAML" && tool -m yamllint --strict --config-file deploy/yamllint.yaml deploy
    say "image" && "$tools/bin/hadolint" deploy/Dockerfile
    say "compose" && tool -m check_jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yaml
    say "Kubernetes" && check_kubernetes
    say "systemd" && check_systemd
    say "Prometheus" && check_prometheus
    say "Grafana" && tool deploy/grafana/check_dashboard.py deploy/grafana/dashboards/*.json
}

main "$@"
