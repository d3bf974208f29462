#!/usr/bin/env bash
# What jobs cost in the release build, from request to answer, on a private PostgreSQL and on SQLite.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/service.sh
source deploy/private-postgres.sh

scratch=
postgres=

conclude() {
    local status=$?
    stop_process "$postgres"
    if [[ $status -ne 0 && -n $scratch ]]; then tail -n 20 "$scratch"/*.log >&2 || true; fi
    [[ -z $scratch ]] || rm -rf "$scratch"
}

main() {
    if [[ ${1-} == --help ]]; then
        echo "Usage: deploy/bench-jobs.sh [OPTION…]"
        echo "Builds for release and runs 'lazypages bench jobs' with these options on a new PostgreSQL and a new SQLite file."
        exit
    fi
    deploy/setup.sh >&2
    echo "bench: building for release (the first time takes minutes)" >&2
    swift build --configuration release --product lazypages >&2
    lazypages=$(swift build --configuration release --show-bin-path)/lazypages
    trap conclude EXIT
    trap 'exit 130' INT TERM
    scratch=$(mktemp -d /tmp/lazypages-bench.XXXXXX)
    chmod 755 "$scratch"
    # Configured by default, but with room for the connections of pgbench.
    start_private_postgres "$scratch/postgres" -c max_connections=300
    printf '%s processors, %s, %s, load average before: %s\n\n' "$(nproc)" "$(uname -srm)" \
        "$("$postgres_bin/postgres" --version)" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    "$lazypages" bench jobs --storage "postgresql://postgres@/postgres?host=$scratch/postgres" \
        --storage "sqlite:$scratch/lazypages.db" "$@"
}

main "$@" </dev/null
