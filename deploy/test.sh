#!/usr/bin/env bash
# Everything that must hold before a change lands: format, scripts, contract, build, tests.
# Needs nothing outside the checkout; tests start their own private PostgreSQL.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step=start

begin() {
    step=$1
    printf 'test: %s\n' "$step"
}

conclude() {
    local status=$?
    if [[ $status -eq 0 ]]; then
        echo "test: everything passed"
    else
        echo "test: FAILED at: $step"
    fi
}

check_scripts() {
    shellcheck deploy/*.sh .ci/run
}

check_contract() {
    if command -v openapi-spec-validator >/dev/null; then
        openapi-spec-validator openapi.yaml
    else
        echo "test: skipped, openapi-spec-validator is not installed"
    fi
}

main() {
    [[ $# -eq 0 ]] || { echo "Usage: deploy/test.sh" >&2 && exit 2; }
    trap conclude EXIT
    begin "set-up" && deploy/setup.sh
    begin "format" && swift format lint --strict --recursive Sources Tests Package.swift
    begin "scripts" && check_scripts
    begin "contract" && check_contract
    begin "build" && swift build --build-tests
    begin "tests" && swift test --skip-build --no-parallel
}

main "$@"
