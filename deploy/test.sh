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
    shellcheck deploy/*.sh deploy/examples/*.sh .ci/run
}

# The C part for the architecture that the tests do not run on: its code, and the layouts it asserts.
check_aarch64() {
    local file
    for file in Sources/*/*.c; do
        clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include -I "$(dirname "$file")/include" \
            -O2 -Wall -Wextra -Werror -c "$file" -o /dev/null
    done
}

# Every test that the table of the engine's rules names is there.
check_rules() {
    local tests name
    tests=$(swift test list --skip-build)
    # shellcheck disable=SC2016 # the quotes of Markdown
    grep -oE '`[A-Za-z0-9]+/[A-Za-z0-9]+`' Tests/LazyPagesTests/RULES.md | tr -d '`' | sort --unique |
        while read -r name; do
            grep -qE "[./]$name\(" <<<"$tests" || { echo "test: RULES.md names $name, which is no test" >&2 && exit 1; }
        done
}

# Random programs, run lazily, eagerly and by a model: about a minute in a debug build on two cores. The same ones
# every time, and others, whose seed is printed.
fuzz() {
    .build/debug/lazypages fuzz --seed 1 --runs 2500
    .build/debug/lazypages fuzz --runs 2500
}

# Kills, freezes and cuts servers, workers and PostgreSQL under load: each job must have one effect.
chaos() {
    .build/debug/lazypages bench chaos --seconds 40 --lease-seconds 2
}

main() {
    [[ $# -eq 0 ]] || { echo "Usage: deploy/test.sh" >&2 && exit 2; }
    trap conclude EXIT
    begin "set-up" && deploy/setup.sh
    begin "format" && swift format lint --strict --recursive Sources Tests Package.swift
    begin "scripts" && check_scripts
    begin "deployment" && deploy/check.sh
    begin "aarch64" && check_aarch64
    begin "build" && swift build --build-tests
    begin "contract" && deploy/contract-test.sh
    begin "monitoring" && deploy/monitoring-test.sh
    begin "page" && deploy/page-test.sh
    begin "rules" && check_rules
    begin "tests" && swift test --skip-build --no-parallel
    begin "fuzzing" && fuzz
    begin "chaos" && chaos
}

main "$@"
