#!/usr/bin/env bash
# From a fresh clone to a running service that has executed two jobs of one program.
set -euo pipefail
readonly called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/service.sh

port=8080
data=.build/quickstart
once=false
service=

say() { printf 'quickstart: %s\n' "$*"; }

fail() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 1
}

usage() {
    cat <<'TEXT'
Usage: deploy/quickstart.sh [--once] [--port N] [--data FOLDER]
Installs what is needed, builds, starts the service on SQLite, runs an example program, and serves until Ctrl-C.
  --once         stop after the example
  --port N       port on 127.0.0.1 (default 8080; 0 takes a free one)
  --data FOLDER  where the database is kept (default .build/quickstart)
TEXT
}

read_options() {
    while [[ $# -gt 0 ]]; do
        case "$1 $#" in
            "--once "*) once=true ;;
            "--port 1" | "--data 1") fail "$1 needs a value" ;;
            "--port "*) port=$2 && shift ;;
            "--data "*) data=$(cd "$called_from" && realpath --canonicalize-missing "$2") && shift ;;
            "--help "*) usage && exit ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift
    done
    [[ $port =~ ^[0-9]{1,5}$ ]] || fail "--port $port: not a port number"
}

check_port() {
    if [[ $port -ne 0 ]] && (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        fail "port $port is taken; choose another with --port N (0 takes a free one)"
    fi
}

start() {
    local log=$data/server.log
    start_service "$log" --port "$port" --storage "sqlite:$data/lazypages.db" --cache "$data/cache" && return
    tail -n 20 "$log" >&2
    fail "the service did not start; its log is $log"
}

# curl to the service itself, whatever proxies the environment names.
request() {
    curl --silent --show-error --noproxy '*' --max-time 60 "$@"
}

upload_counter() {
    local status
    status=$(request --output "$data/upload.json" --write-out '%{http_code}' \
        --header 'Content-Type: text/plain' --data-binary @deploy/examples/counter.wat "$url/v1/programs?id=counter")
    case $status in
        201) say "uploaded deploy/examples/counter.wat as program 'counter'" ;;
        409) say "program 'counter' is there from an earlier run, and so is its memory" ;;
        *) cat "$data/upload.json" >&2 && fail "the upload was answered with $status" ;;
    esac
}

# Runs the entry `add` with the argument $1, prints the job, and leaves what it returned in `sum`.
add() {
    local body="{\"program\": \"counter\", \"entry\": \"add\", \"args\": [$1], \"pages\": \"numbers\"}"
    say "POST $url/v1/jobs $body"
    request --fail-with-body --header 'Content-Type: application/json' --data "$body" --output "$data/job.json" \
        "$url/v1/jobs" || { cat "$data/job.json" >&2 && fail "the job was refused"; }
    python3 -m json.tool "$data/job.json"
    sum=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["results"][0])' <"$data/job.json")
}

run_example() {
    local first
    upload_counter
    add 5
    first=$sum
    add 7
    [[ $sum -eq $((first + 7)) ]] || fail "the second job answered $sum, not $first + 7"
    say "the first job answered $first, the second $first + 7 = $sum: it found the memory that the first had left"
}

main() {
    read_options "$@"
    check_port
    deploy/setup.sh --no-tests
    say "building (the first time takes minutes)"
    swift build --product lazypages || fail "the build failed (see above)"
    mkdir -p "$data"
    trap 'stop_process "$service"' EXIT
    start
    run_example
    if $once; then
        say "done; without --once the service goes on running"
        return
    fi
    say "page $url/ · metrics $url/metrics · contract $url/openapi.yaml · log $data/server.log"
    say "serving until Ctrl-C"
    trap 'exit 0' INT TERM
    wait "$service" || fail "the service ended by itself; its log is $data/server.log"
}

main "$@"
