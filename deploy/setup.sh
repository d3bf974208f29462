#!/usr/bin/env bash
# Installs what building, running and testing lazypages need on Debian 12 with a Swift toolchain:
# Debian packages (only the missing ones) and the Wasmtime library, under .build/wasmtime.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly minimum_swift=6.2
readonly requirements=deploy/wasmtime-requirements.txt
readonly wasmtime=.build/wasmtime
# Checksums of the requirements and of all installed files: what is as listed there need not be installed again.
readonly stamp=$wasmtime/installed.sha256

# Needed by the toolchain itself (to start, to link with the C and C++ libraries, to fetch packages), by the build, and
# by quickstart.sh.
readonly build_packages=(libncurses6 libxml2 binutils libc6-dev libstdc++-12-dev git
    pkg-config libpq-dev libsqlite3-dev libssl-dev libcurl4-openssl-dev
    ca-certificates curl python3)
readonly test_packages=(postgresql prometheus systemd shellcheck libc6-dev-arm64-cross chromium chromium-driver)

say() { printf 'setup: %s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

usage() {
    cat <<'TEXT'
Usage: deploy/setup.sh [--no-tests]
Installs what building, running and testing lazypages need: Debian packages, and Wasmtime under .build/wasmtime.
  --no-tests  leave out what only the tests need (the PostgreSQL server, Prometheus, systemd's tools, aarch64's headers, shellcheck,
              Chromium)
TEXT
}

check_architecture() {
    case "$(uname -sm)" in
        "Linux x86_64" | "Linux aarch64") ;;
        *) fail "unsupported system $(uname -sm): Wasmtime's library is pinned for Linux on x86_64 and aarch64" ;;
    esac
}

# What is not installed yet of the packages named.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    else
        sudo "$@"
    fi
}

# apt-get without questions; it is quiet unless it fails.
apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} \
        ${https_proxy:+"https_proxy=$https_proxy"} apt-get --yes -o DPkg::Lock::Timeout=120 "$@" >"$scratch/apt.log" 2>&1 ||
        { tail -n 5 "$scratch/apt.log" >&2 && return 1; }
}

install_packages() {
    command -v dpkg-query apt-get >/dev/null || fail "this is not a Debian system; its packages for these are needed: $*"
    local missing
    mapfile -t missing < <(missing_packages "$@")
    if [[ ${#missing[@]} -eq 0 ]]; then
        say "Debian packages: all there"
        return
    fi
    local by_hand="run as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    [[ $EUID -eq 0 ]] || command -v sudo >/dev/null || fail "neither root nor sudo; $by_hand"
    say "Debian packages: installing ${missing[*]}"
    apt_get update || fail "apt-get update failed; $by_hand"
    apt_get install --no-install-recommends "${missing[@]}" || fail "apt-get install failed; $by_hand"
}

find_swift() {
    command -v swift >/dev/null ||
        fail "no swift on PATH: install Swift $minimum_swift or later first, see https://swift.org/install"
}

# After the packages: without them the toolchain may not even start.
check_swift_version() {
    local version
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+(\.[0-9]+)+).*/\1/p' | head -n 1)
    [[ -n $version ]] || fail "$(command -v swift) tells no Swift version: 'swift --version' shows why"
    [[ $(printf '%s\n' "$minimum_swift" "$version" | sort --version-sort | head -n 1) == "$minimum_swift" ]] ||
        fail "Swift $version is too old: $minimum_swift or later is needed"
    say "Swift $version: $(command -v swift)"
}

# A Python whose pip works; Debian's own beside one that comes first on PATH.
python_with_pip() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -m pip --version >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
    return 1
}

# With the Python $1, unpacks library and licence from the wheel in the folder $2, to that folder.
unpack_wheel() {
    "$1" - "$2" "$(uname -m)" <<'PYTHON'
import pathlib, sys, zipfile
folder, machine = pathlib.Path(sys.argv[1]), sys.argv[2]
[wheel] = folder.glob("wasmtime-*.whl")
with zipfile.ZipFile(wheel) as archive:
    [licence] = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    (folder / "libwasmtime.so").write_bytes(archive.read(f"wasmtime/linux-{machine}/_libwasmtime.so"))
    (folder / "LICENSE").write_bytes(archive.read(licence))
PYTHON
}

wasmtime_version() {
    sed -nE 's/^wasmtime==([0-9.]+).*/\1/p' "$requirements"
}

write_pkg_config() {
    cat <<TEXT
prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib

Name: wasmtime
Description: WebAssembly runtime, C API
Version: $(wasmtime_version)
Libs: -L\${libdir} -lwasmtime
TEXT
}

wasmtime_is_installed() {
    [[ -f $stamp ]] && sha256sum --check --status --strict "$stamp" 2>/dev/null
}

# Each file is renamed into place whole, the stamp last: an interrupted set-up is done again, and never half believed.
install_wasmtime() {
    if wasmtime_is_installed; then
        say "Wasmtime: there, in $wasmtime"
        return
    fi
    local python
    python=$(python_with_pip) || {
        install_packages python3-pip
        python=$(python_with_pip) || fail "pip does not run: 'python3 -m pip --version' shows why"
    }
    mkdir -p "$wasmtime/lib/pkgconfig"
    say "Wasmtime: downloading $(wasmtime_version) with $python -m pip"
    "$python" -m pip download --quiet --require-hashes --no-deps --only-binary=:all: \
        --requirement "$requirements" --dest "$scratch" || fail "pip could not download Wasmtime (see above)"
    unpack_wheel "$python" "$scratch" || fail "the wheel does not hold Wasmtime's library for $(uname -m)"
    write_pkg_config >"$scratch/wasmtime.pc"
    mv "$scratch/LICENSE" "$wasmtime/LICENSE"
    mv "$scratch/wasmtime.pc" "$wasmtime/lib/pkgconfig/wasmtime.pc"
    mv "$scratch/libwasmtime.so" "$wasmtime/lib/libwasmtime.so"
    sha256sum "$requirements" "$wasmtime"/{LICENSE,lib/pkgconfig/wasmtime.pc,lib/libwasmtime.so} >"$scratch/stamp"
    mv "$scratch/stamp" "$stamp"
    say "Wasmtime: installed in $wasmtime"
}

main() {
    local packages=("${build_packages[@]}" "${test_packages[@]}")
    case "$*" in
        "") ;;
        --no-tests) packages=("${build_packages[@]}") ;;
        --help) usage && exit ;;
        *) usage >&2 && exit 2 ;;
    esac
    check_architecture
    find_swift
    # Beside its destination, so that moving a file there is a rename.
    mkdir -p .build
    scratch=$(mktemp -d .build/setup.XXXXXX)
    trap 'rm -rf "$scratch"' EXIT
    install_packages "${packages[@]}"
    check_swift_version
    install_wasmtime
    say "done"
}

main "$@"
