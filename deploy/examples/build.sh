#!/usr/bin/env bash
# Compiles programs in C to WebAssembly, with the clang and the linker that come with the Swift toolchain.
set -euo pipefail
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly examples

fail() {
    printf 'build: %s\n' "$*" >&2
    exit 1
}

usage() {
    cat <<'TEXT'
Usage: deploy/examples/build.sh FOLDER [FILE.c …]
Compiles each FILE.c to FOLDER/FILE.wasm; without files, the examples beside this script.
TEXT
}

# The folder of the toolchain's programs: `swift` itself may be a link, or a program that only chooses a toolchain.
toolchain() {
    local resources
    command -v swiftc >/dev/null || fail "no swiftc on PATH: its toolchain brings the compiler"
    resources=$(swiftc -print-target-info | sed -nE 's/^ *"runtimeResourcePath": "(.*)\/lib\/swift",?$/\1/p')
    echo "$resources/bin"
}

# The stack comes first in memory, so that what lies behind it, and persists, is told by one number, __gear_stack_end.
compile() {
    "$tools/clang" --target=wasm32-unknown-unknown -std=c99 -O2 -Wall -Wextra -Werror -ffreestanding -mbulk-memory \
        -I "$examples" -nostdlib -Wl,--no-entry -Wl,--stack-first -Wl,--export=__gear_stack_end "$1" -o "$2"
}

main() {
    local folder=${1:-} tools file files=("${@:2}")
    case $folder in
        --help) usage && exit ;;
        "" | -*) usage >&2 && exit 2 ;;
    esac
    [[ ${#files[@]} -gt 0 ]] || files=("$examples"/*.c)
    tools=$(toolchain)
    [[ -x $tools/clang && -x $tools/wasm-ld ]] ||
        fail "the Swift toolchain in $tools lacks clang or wasm-ld; the ones of swift.org for Linux have both"
    mkdir -p "$folder"
    for file in "${files[@]}"; do
        compile "$file" "$folder/$(basename "$file" .c).wasm"
    done
}

main "$@"
