#!/usr/bin/env bash
# Checks openapi.yaml: its form, its examples, and that a service that asks for tokens does what it says. The tools come
# from PyPI into .build/contract-tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/python-tools.sh
source deploy/service.sh

scratch=$(mktemp -d /tmp/lazypages-contract.XXXXXX)
service=

say() { printf 'contract: %s\n' "$*"; }

conclude() {
    local status=$?
    stop_process "$service"
    if [[ $status -ne 0 && -f $scratch/service.log ]]; then tail -n 20 "$scratch/service.log"; fi
    rm -rf "$scratch"
}

# What the document's examples speak of: a program with a stored page.
prepare() {
    local call=(curl --silent --show-error --fail --noproxy '*' --output /dev/null
        --header "Authorization: Bearer $(<"$scratch/secrets/admin_token")")
    "${call[@]}" --header 'Content-Type: text/plain' --data-binary @deploy/examples/counter.wat \
        "$url/v1/programs?id=counter"
    "${call[@]}" --header 'Content-Type: application/json' \
        --data '{"program": "counter", "entry": "add", "args": [5]}' "$url/v1/jobs"
}

# The same requests every time: by the examples, at the limits of every field, at random, and in chains of operations.
play() {
    deploy/make-secrets.sh "$scratch/secrets" >"$scratch/secrets.log"
    start_service "$scratch/service.log" --port 0 --storage "sqlite:$scratch/lazypages.db" --cache "$scratch/cache" \
        --workers 2 --log-level warning --tokens-file "$scratch/secrets/tokens.json"
    prepare
    # There, for it leaves files where it runs.
    (
        checkout=$PWD
        cd "$scratch"
        LAZYPAGES_TOKEN=$(<secrets/admin_token) timeout 300 python3 -m schemathesis.cli \
            --config-file "$checkout/deploy/contract/schemathesis.toml" run "$checkout/openapi.yaml" --url "$url" "$@"
    )
    curl --silent --show-error --fail --noproxy '*' "$url/readyz" >"$scratch/ready"
}

main() {
    if [[ ${1-} == --help ]]; then
        echo "Usage: deploy/contract-test.sh [OPTION…]"
        echo "Checks openapi.yaml, and the built service against it; options go to 'schemathesis run'."
        exit
    fi
    trap conclude EXIT
    trap 'exit 130' INT TERM
    use_python_tools "$PWD/.build/contract-tools" deploy/contract/requirements.txt
    say "document" && python3 -m openapi_spec_validator openapi.yaml
    say "examples" && python3 deploy/contract/check_examples.py openapi.yaml
    say "service" && play "$@"
}

main "$@" </dev/null
