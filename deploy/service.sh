# shellcheck shell=bash
# To be sourced by the scripts that run the built service: start it, wait for it, stop it, all by process id.

# Waits at most 30 seconds for the command given to succeed.
eventually() {
    for _ in {1..300}; do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    return 1
}

has_ended() {
    ! kill -0 "$1" 2>/dev/null
}

# Ends the process $1 if one is given: asks, and insists after 30 seconds.
stop_process() {
    [[ -n $1 ]] || return 0
    kill -TERM "$1" 2>/dev/null || true
    eventually has_ended "$1" || kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# Where the service says in its log $1 that it is ready; empty before.
service_url() {
    sed -nE 's|^lazypages is ready at (http://[^ ]*)/$|\1|p' "$1"
}

has_ended_or_is_ready() {
    has_ended "$1" || [[ -n $(service_url "$2") ]]
}

# Starts `lazypages serve` with the further arguments, logging to $1. Leaves its process id in `service` and its address in
# `url`; fails if it does not become ready.
start_service() {
    local log=$1 program
    program=$(swift build --show-bin-path)/lazypages
    # Here, for what an earlier service said is not to be read before the new process opens its log.
    : >"$log"
    "$program" serve --host 127.0.0.1 "${@:2}" >"$log" 2>&1 </dev/null &
    service=$!
    eventually has_ended_or_is_ready "$service" "$log" || true
    url=$(service_url "$log")
    [[ -n $url ]]
}
