#!/usr/bin/env bash
# Uses the page at `/` of the built service in a real browser, headless: Debian's Chromium, driven by selenium, which comes
# from PyPI into .build/page-tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/service.sh
source deploy/python-tools.sh

scratch=$(mktemp -d /tmp/lazypages-page.XXXXXX)
open_service=
service=

conclude() {
    local status=$?
    stop_process "$service"
    stop_process "$open_service"
    if [[ $status -ne 0 ]]; then tail -n 20 "$scratch"/*.log || true; fi
    rm -rf "$scratch"
}

start() {
    start_service "$scratch/$1.log" --port 0 --storage "sqlite:$scratch/$1.db" --cache "$scratch/cache" --workers 2 \
        --log-level warning "${@:2}"
}

main() {
    if [[ ${1-} == --help ]]; then
        echo "Usage: deploy/page-test.sh [OPTION…]"
        echo "Uses the page in a browser; options go to 'unittest'. LAZYPAGES_SCREENSHOTS=FOLDER saves how each view looks."
        exit
    fi
    trap conclude EXIT
    trap 'exit 130' INT TERM
    use_python_tools "$PWD/.build/page-tools" deploy/page/requirements.txt
    start open
    open_service=$service
    export LAZYPAGES_URL=$url
    deploy/make-secrets.sh "$scratch/secrets" >"$scratch/secrets.log"
    start guarded --tokens-file "$scratch/secrets/tokens.json"
    export LAZYPAGES_GUARDED_URL=$url
    LAZYPAGES_TOKEN=$(<"$scratch/secrets/admin_token")
    export LAZYPAGES_TOKEN
    # Nothing of the browser is left behind, and nothing on the way to it goes through a proxy.
    HOME=$scratch TMPDIR=$scratch NO_PROXY='*' no_proxy='*' PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PYTHONPATH:deploy/page \
        timeout --kill-after=10 180 python3 -m unittest "${@:-test_page}"
}

main "$@" </dev/null
