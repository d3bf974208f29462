#!/usr/bin/env bash
# What metering costs in the release build: both forms, and Wasmtime's own fuel, relative to no metering.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

main() {
    if [[ ${1-} == --help ]]; then
        echo "Usage: deploy/bench-metering.sh [OPTION…]"
        echo "Builds for release and runs 'lazypages bench metering' with these options."
        exit
    fi
    deploy/setup.sh >&2
    echo "bench: building for release (the first time takes minutes)" >&2
    swift build --configuration release --product lazypages >&2
    printf '%s processors, %s, load average before: %s\n\n' "$(nproc)" "$(uname -srm)" \
        "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    "$(swift build --configuration release --show-bin-path)/lazypages" bench metering "$@"
}

main "$@" </dev/null
