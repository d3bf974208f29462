#!/usr/bin/env bash
# Requests per second of the release build, against baselines measured in turn with it on the same machine:
# GET /healthz against nginx, and committed jobs against pgbench with the statements that a job makes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/service.sh
source deploy/private-postgres.sh

readonly counts=(1 32 256)
rounds=3
seconds=5
scratch=
processes=()

say() { printf 'bench: %s\n' "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

usage() {
    cat <<TEXT
Usage: deploy/bench.sh [--rounds N] [--seconds N]
Builds for release, runs service, nginx and PostgreSQL in a temporary folder, and prints tables in Markdown.
  --rounds N   how often everything is measured, in turn; the median counts (default $rounds)
  --seconds N  how long each measurement lasts (default $seconds)
Options of \`lazypages serve\` hold as far as they are set in the environment: LAZYPAGES_WORKERS=4 deploy/bench.sh
TEXT
}

read_options() {
    while [[ $# -gt 0 ]]; do
        case "$1 ${2-}" in
            "--rounds "[1-9]*) rounds=$2 ;;
            "--seconds "[1-9]*) seconds=$2 ;;
            "--help "*) usage && exit ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift 2
    done
}

conclude() {
    local status=$? process
    # The last one first: PostgreSQL, the first, waits for those who are connected to it.
    for ((process = ${#processes[@]} - 1; process >= 0; process--)); do stop_process "${processes[process]}"; done
    if [[ $status -ne 0 && -n $scratch ]]; then tail -n 20 "$scratch"/*.log >&2 || true; fi
    [[ -z $scratch ]] || rm -rf "$scratch"
}

# Configured by default, but with room for 256 connections of pgbench.
start_postgres() {
    start_private_postgres "$scratch/postgres" -c max_connections=300 || fail "PostgreSQL did not start"
    processes+=("$postgres")
    export PGHOST=$scratch/postgres PGUSER=postgres PGDATABASE=postgres
}

# The program itself suffices; installed, Debian's package would start a server on port 80.
nginx_program() {
    command -v nginx || (
        cd "$scratch"
        { apt-get download nginx && dpkg-deb --extract nginx_*.deb nginx-package; } >"$scratch/apt.log" 2>&1
        echo "$scratch/nginx-package/usr/sbin/nginx"
    )
}

# An nginx whose two processes do nothing but say what /healthz says.
start_nginx() {
    local program port folder=$scratch/nginx
    program=$(nginx_program) || fail "nginx is needed: apt-get update, then again"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir "$folder"
    cat >"$folder/nginx.conf" <<TEXT
daemon off;
worker_processes 2;
pid nginx.pid;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:$port;
        location / { default_type application/json; return 200 '{"status":"alive"}'; }
    }
}
TEXT
    "$program" -p "$folder" -c nginx.conf -e stderr >"$scratch/nginx.log" 2>&1 &
    processes+=($!)
    nginx_url=http://127.0.0.1:$port/
    eventually curl --silent --fail --noproxy '*' "$nginx_url" || fail "nginx did not start"
}

# Starts the service on the storage $2, and leaves its address in `url`. Like nginx it logs no requests.
start_release() {
    local log=$scratch/$1.log
    "$lazypages" serve --host 127.0.0.1 --port 0 --storage "$2" --cache "$scratch/cache" --log-level warning \
        >"$log" 2>&1 </dev/null &
    processes+=($!)
    eventually has_ended_or_is_ready "$!" "$log" || true
    url=$(service_url "$log")
    [[ -n $url ]] || fail "the service on $1 did not start"
}

# At the service $1, 256 programs whose names begin with $2.
upload_programs() {
    curl --silent --show-error --fail --noproxy '*' --output /dev/null --header 'Content-Type: text/plain' \
        --data-binary @deploy/examples/counter.wat "$1/v1/programs?id=$2-[0-255]"
}

# One program for each connection, so that their jobs run side by side, each with its page stored. Those of pgbench have
# text in theirs, which costs least to tell the server in pgbench's way.
prepare() {
    upload_programs "$postgres_url" counter
    upload_programs "$sqlite_url" counter
    load warm-up "$postgres_url/v1/jobs" 256 --job "$job" >"$scratch/warm-up"
    load warm-up "$sqlite_url/v1/jobs" 256 --job "$job" >"$scratch/warm-up"
    upload_programs "$postgres_url" pgbench
    "$postgres_bin/psql" --quiet --no-psqlrc --set ON_ERROR_STOP=1 <<'SQL'
INSERT INTO pages (program, page, version, content, bytes)
SELECT key, 4, version, 'bytes', convert_to(repeat('a', 16384), 'UTF8')
FROM programs JOIN program_states ON program = key WHERE id LIKE 'pgbench%';
VACUUM ANALYZE;
SQL
    document=$("$postgres_bin/psql" --no-psqlrc --tuples-only --no-align \
        --command "SELECT convert_from(document, 'UTF8') FROM jobs WHERE outcome = 'success' ORDER BY id DESC LIMIT 1")
}

# Measures the URL $2 with $3 connections, once, and prints a line for tables.py that begins with $1.
load() {
    timeout $((seconds + 60)) "$lazypages" bench http "$2" --connections "$3" --seconds "$seconds" --rounds 1 --json \
        "${@:4}" | python3 -c '
import json, sys
[row] = json.load(sys.stdin)
print(sys.argv[1], row["connections"], row["requests_per_second"], row["p50_microseconds"], row["failures"])' "$1"
}

# The same for pgbench with $1 connections.
load_pgbench() {
    local output
    output=$(PGOPTIONS='-c bytea_output=escape' timeout $((seconds + 60)) "$postgres_bin/pgbench" --no-vacuum \
        --protocol prepared --client "$1" --jobs $(($1 < 2 ? 1 : 2)) --time "$seconds" --define "document=$document" \
        --file deploy/bench/committed-job.sql)
    awk -v connections="$1" '
        /^latency average/ { latency = $4 * 1000 }
        /^number of failed transactions/ { failed = $5 }
        /^tps/ { rate = $3 }
        END { print "pgbench", connections, rate, latency, failed + 0 }' <<<"$output"
}

measure() {
    local round count
    for ((round = 1; round <= rounds; round++)); do
        say "round $round of $rounds"
        for count in "${counts[@]}"; do
            load healthz "$postgres_url/healthz" "$count"
            load nginx "$nginx_url" "$count"
            load postgresql "$postgres_url/v1/jobs" "$count" --job "$job"
            load_pgbench "$count"
            load sqlite "$sqlite_url/v1/jobs" "$count" --job "$job"
        done
    done
}

main() {
    read_options "$@"
    deploy/setup.sh >&2
    say "building for release (the first time takes minutes)"
    swift build --configuration release --product lazypages >&2
    lazypages=$(swift build --configuration release --show-bin-path)/lazypages
    trap conclude EXIT
    trap 'exit 130' INT TERM
    scratch=$(mktemp -d /tmp/lazypages-bench.XXXXXX)
    chmod 755 "$scratch"
    job='{"program": "counter-{}", "entry": "add", "args": [1], "pages": "numbers"}'
    start_postgres
    start_nginx
    start_release postgresql "postgresql://postgres@/postgres?host=$PGHOST"
    postgres_url=$url
    start_release sqlite "sqlite:$scratch/lazypages.db"
    sqlite_url=$url
    prepare
    printf '%s processors, %s, %s, load average before: %s\n\n' "$(nproc)" "$(uname -srm)" \
        "$("$postgres_bin/postgres" --version)" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    measure >"$scratch/measurements"
    python3 deploy/bench/tables.py <"$scratch/measurements"
}

main "$@"
