#!/usr/bin/env bash
# Kills, freezes and cuts servers, workers and PostgreSQL under load, then looks for jobs done twice, or never.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

main() {
    if [[ ${1-} == --help ]]; then
        echo "Usage: deploy/chaos.sh [OPTION…]"
        echo "Builds for release and runs 'lazypages bench chaos' with these options:"
        echo "    deploy/chaos.sh --seconds 40 --lease-seconds 2    the short run"
        echo "    deploy/chaos.sh --seconds 1800 --jobs 20000       the long run"
        exit
    fi
    deploy/setup.sh >&2
    echo "chaos: building for release (the first time takes minutes)" >&2
    swift build --configuration release --product lazypages >&2
    "$(swift build --configuration release --show-bin-path)/lazypages" bench chaos "$@"
}

main "$@" </dev/null
