#!/usr/bin/env bash
# A real Prometheus, with the configuration and the rules of deploy/prometheus, scrapes a service under load and evaluates
# every query of the dashboard and of the rules; promtool checks the metrics themselves.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/service.sh

readonly dashboard=deploy/grafana/dashboards/lazypages.json
scratch=$(mktemp -d /tmp/lazypages-monitoring.XXXXXX)
service=
prometheus=

conclude() {
    local status=$?
    stop_process "$prometheus"
    stop_process "$service"
    [[ $status -eq 0 ]] || tail -n 20 "$scratch"/*.log >&2 || true
    rm -rf "$scratch"
}

request() {
    curl --silent --show-error --noproxy '*' --max-time 30 --output /dev/null "$@"
}

job() {
    request --header 'Content-Type: application/json' --data "$1" "$url/v1/jobs"
}

upload() {
    request --header 'Content-Type: text/plain' --data-binary "$2" "$url/v1/programs?id=$1"
}

# The configuration as it is, but for what scrapes, how often, and the token, which is a file here as well.
configure_prometheus() {
    cp deploy/prometheus/rules.yml "$scratch/rules.yml"
    echo token >"$scratch/token"
    sed -e 's/: 15s$/: 1s/' -e "s|credentials_file: .*|credentials_file: $scratch/token|" -e '/dns_sd_configs:/,$d' \
        deploy/prometheus/prometheus.yml >"$scratch/prometheus.yml"
    printf '    static_configs:\n      - targets: ["%s"]\n' "${url#http://}" >>"$scratch/prometheus.yml"
    promtool check config "$scratch/prometheus.yml" >"$scratch/promtool.log"
}

# On a port that is free now: Prometheus does not tell which one it took.
start_prometheus() {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    prometheus_url=http://127.0.0.1:$port
    prometheus --config.file "$scratch/prometheus.yml" --storage.tsdb.path "$scratch/tsdb" \
        --web.listen-address "127.0.0.1:$port" >"$scratch/prometheus.log" 2>&1 </dev/null &
    prometheus=$!
    eventually curl --silent --fail --noproxy '*' "$prometheus_url/-/ready"
}

# Jobs of every fate: of programs that end well and badly, and of one that takes more memory than a worker may have.
play() {
    local round
    upload counter "@deploy/examples/counter.wat"
    # shellcheck disable=SC2016 # names of WebAssembly
    upload greedy '(module (memory (export "memory") 4096) (func (export "handle") (local $at i32)
        (loop $pages (i32.store8 (local.get $at) (i32.const 1))
            (br_if $pages (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4096))) (i32.const 268431360))))
        (loop $ever (br $ever))))'
    for round in {1..12}; do
        job "{\"program\": \"counter\", \"entry\": \"add\", \"args\": [$round]}"
        job '{"program": "counter", "entry": "add", "args": [1], "commit": false}'
        job '{"program": "counter", "entry": "add", "args": [1], "gas_limit": 1}'
        job '{"program": "greedy", "gas_limit": 1000000000000, "timeout_ms": 20000}'
        request "$url/v1/programs/counter/pages"
        request "$url/v1/jobs?limit=5"
        request "$url/nowhere"
        sleep 0.5
    done
}

main() {
    trap conclude EXIT
    trap 'exit 130' INT TERM
    promtool check rules deploy/prometheus/rules.yml
    promtool check config --syntax-only deploy/prometheus/prometheus.yml
    promtool test rules deploy/prometheus/rules.test.yml
    start_service "$scratch/service.log" --port 0 --storage "sqlite:$scratch/lazypages.db" --cache "$scratch/cache" \
        --workers 2 --worker-memory 128
    configure_prometheus
    start_prometheus
    play
    sleep 2
    curl --silent --show-error --fail --noproxy '*' "$url/metrics" | promtool check metrics
    python3 deploy/prometheus/check_queries.py "$prometheus_url" "$dashboard"
}

main "$@" </dev/null
