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

# The C part for the architecture that the tests do not run on: its code, and the layouts it asserts.
check_aarch64() {
    local file
    for file in Sources/*/*.c; do
        clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include -I "$(dirname "$file")/include" \
            -O2 -Wall -Wextra -Werror -c "$file" -o /dev/null
    done
}

main() {
    [[ $# -eq 0 ]] || { echo "Usage: deploy/test.sh" >&2 && exit 2; }
    trap conclude EXIT
    begin "set-up" && deploy/setup.sh
    begin "format" && swift format lint --strict --recursive Sources Tests Package.swift
    begin "scripts" && check_scripts
    begin "contract" && check_contract
    begin "aarch64" && check_aarch64
    begin "build" && swift build --build-tests
    begin "tests" && swift test --skip-build --no-parallel
}

main "$@"
