#!/usr/bin/env bash
# What a page fault costs in the release build, with page data in memory, in SQLite and in a private PostgreSQL.
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
        echo "Usage: deploy/bench-faults.sh [OPTION…]"
        echo "Builds for release and runs 'lazypages bench faults' with these options and a new PostgreSQL as --storage."
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
    start_private_postgres "$scratch/postgres"
    printf '%s processors, %s, %s, load average before: %s\n\n' "$(nproc)" "$(uname -srm)" \
        "$("$postgres_bin/postgres" --version)" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    "$lazypages" bench faults --storage "postgresql://postgres@/postgres?host=$scratch/postgres" "$@"
}

main "$@" </dev/null
