#!/usr/bin/env bash
# Plays compiled programs of the Gear protocol, as their authors published them, and checks every answer. They do not
# come with this repository; each is looked for in the folder given, under one of these names, and left out without it:
#   one_of_us.opt.wasm                                    github.com/gear-foundation/one-of-us: a list of members
#   extended_vft_wasm.opt.wasm or extended_vft.opt.wasm   github.com/gear-tech/gear-bridges: a token
#   ping.wasm, ping.opt.wasm or app.opt.wasm              github.com/gear-tech/gear-js: counts who said what
#   demo_ping.opt.wasm                                    github.com/gear-tech/gear-js, apis/gear/test/wasm
#   nft.opt.wasm                                          github.com/gear-tech/gear-js, tools/cli/examples/programs
set -euo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/service.sh
source deploy/private-postgres.sh

modules=
scratch=
service=
postgres=
storage=
url=
suffix=
played=0
gas=() # what each job burned

say() { printf 'gear-programs: %s\n' "$*"; }

fail() {
    printf 'gear-programs: %s\n' "$*" >&2
    exit 1
}

usage() {
    cat <<'TEXT'
Usage: deploy/gear-programs.sh FOLDER [URL]
Runs the Gear programs found in FOLDER (the script's head names them) on the service at URL; without one, on services of
its own, built here, with SQLite and with a private PostgreSQL, which are started anew in the midst of each program.
TEXT
}

conclude() {
    local status=$?
    stop_process "$service"
    stop_process "$postgres"
    if [[ $status -ne 0 && -n $scratch ]]; then
        tail -n 20 "$scratch"/*.log 2>/dev/null || true
        say "FAILED"
    fi >&2
    [[ -z $scratch ]] || rm -rf "$scratch"
}

# ---- Payloads: hex, encoded as SCALE does it -------------------------------------------------------------------------

# $1 as hex.
hex() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

# A text of less than 64 bytes.
scale_text() { printf '%02x%s' $((${#1} * 4)) "$(hex "$1")"; }

# The number $1, less than 65536, in $2 bytes.
scale_number() {
    printf '%02x%02x' $(($1 % 256)) $(($1 / 256))
    printf '%0*d' $((2 * $2 - 4)) 0
}

# The byte $1, 32 times.
account() { printf "$1%.0s" {1..32}; }

# ---- Requests --------------------------------------------------------------------------------------------------------

# Prints a curl command and runs it, whatever proxies the environment names. Leaves status and body in `status`, $answer.
request() {
    local word
    printf '$ curl'
    for word in "$@"; do
        if [[ $word =~ ^[A-Za-z0-9:/@._-]+$ ]]; then printf ' %s' "$word"; else printf " '%s'" "$word"; fi
    done
    printf '\n'
    status=$(curl --silent --show-error --noproxy '*' --max-time 120 --output "$answer" --write-out '%{http_code}' "$@")
}

# Uploads the module $1 as the program `program`, which is named after it.
upload() {
    program=$(basename "$1" .wasm)
    program=${program%.opt}$suffix
    request --data-binary "@$1" -H 'Content-Type: application/wasm' "$url/v1/programs?id=$program"
    printf '  %s %s\n' "$status" "$(head -c 300 "$answer")"
    [[ $status -eq 201 ]] || fail "the upload of $1 was answered $status, not 201"
}

# Runs the entry $1 of the program with the payload $2, from the account $3. Expects the outcome $4 and, unless that is a
# panic, the reply $5; of a panic it expects the text $5 in the message. A reply that ends in `*` may go on.
job() {
    local entry=$1 payload=$2 source=$3 outcome=$4 expected=$5 kind=reply body found
    body=$(printf '{"program": "%s", "entry": "%s", "payload": "%s", "payload_encoding": "hex", %s, %s}' \
        "$program" "$entry" "$payload" "\"context\": {\"source\": \"0x$source\"}" '"pages": "numbers"')
    request -H 'Content-Type: application/json' -d "$body" "$url/v1/jobs"
    [[ $status -eq 200 ]] || { cat "$answer" && fail "the job was answered $status, not 200"; }
    mapfile -t found < <(read_job)
    printf '  %s %s, gas %s, pages touched %s, loaded %s\n' "$status" "${found[@]:0:4}"
    [[ $outcome == success ]] || kind=message
    printf '  %s %s\n' "$kind" "${found[4]}"
    [[ ${#found[@]} -eq 5 ]] || printf '  %s\n' "${found[@]:5}"
    # shellcheck disable=SC2053 # the expected reply may be a pattern
    [[ ${found[0]} == "$outcome" && ${found[4]} == $expected ]] ||
        fail "expected was: $outcome, $kind $expected"
    gas+=("${found[1]}")
}

# Of the job in $answer: outcome, gas, pages touched, pages loaded, the reply or the error's message; then further lines.
read_job() {
    python3 - "$answer" <<'PYTHON'
import base64, json, sys
job = json.load(open(sys.argv[1]))
def hexadecimal(part):
    return base64.b64decode(part["payload"]).hex()
print(job["outcome"])
print(job["gas"]["burned"])
print(len(job["accessed_pages"]))
print(job["loaded_pages"])
print(job["error"]["message"] if job["error"] else hexadecimal(job["reply"]) if job["reply"] else "none")
for message in job["messages"]:
    print("message to", message["destination"], hexadecimal(message))
for line in job["logs"]:
    print("log", line)
PYTHON
}

# Expects that the last job's further lines hold this one.
has_line() { read_job | tail -n +6 | grep -qxF "$1" || fail "expected was also the line: $1"; }

# ---- The programs ----------------------------------------------------------------------------------------------------

play_one_of_us() {
    local name one two
    name=$(scale_text OneOfUs) one=$(account 11) two=$(account 22)
    upload "$1"
    job init "$(scale_text Init)" "$one" success none
    job handle "$name$(scale_text JoinUs)" "$one" success "$name$(scale_text JoinUs)01"
    restart
    job handle "$name$(scale_text JoinUs)" "$one" success "$name$(scale_text JoinUs)00"
    job handle "$name$(scale_text JoinUs)" "$two" success "$name$(scale_text JoinUs)01"
    job handle "$name$(scale_text Count)" "$two" success "$name$(scale_text Count)$(scale_number 2 4)"
    job handle "$name$(scale_text Version)" "$two" success "$name$(scale_text Version)$(scale_number 8 4)"
}

play_extended_vft() {
    local name minter holder
    name=$(scale_text Vft) minter=$(account 11) holder=$(account 22)
    balance() {
        job handle "$name$(scale_text BalanceOf)$1" "$1" success "$name$(scale_text BalanceOf)$(scale_number "$2" 32)"
    }
    upload "$1"
    job init "$(scale_text New)$(scale_text Name)$(scale_text Symbol)0a" "$minter" success "$(scale_text New)"
    job handle "$name$(scale_text Mint)$minter$(scale_number 1000 32)" "$minter" success "$name$(scale_text Mint)01"
    has_line "message to 0x$(account 00) $name$(scale_text Minted)$minter$(scale_number 1000 32)"
    restart
    job handle "$name$(scale_text Transfer)$holder$(scale_number 300 32)" "$minter" \
        success "$name$(scale_text Transfer)01"
    balance "$minter" 700
    balance "$holder" 300
    # More than the account has, and more than there is.
    job handle "$name$(scale_text Burn)$holder$(scale_number 301 32)" "$minter" panic '*InsufficientBalance*'
    job handle "$name$(scale_text Burn)$minter$(scale_number 1001 32)" "$minter" panic '*Underflow*'
    balance "$holder" 300
}

play_ping() {
    local one two
    one=$(account 11) two=$(account 22)
    upload "$1"
    job init "" "$one" success none
    job handle 00 "$one" success 01
    restart
    job handle 00 "$one" success 01
    job handle 01 "$two" success none
    job handle 05 "$two" panic '*no info*'
    job state "" "$one" success "04$one$(scale_number 2 16)"
}

play_demo_ping() {
    upload "$1"
    job init "" "$(account 11)" success none
    job handle "$(hex PING)" "$(account 11)" success "$(hex PONG)"
    restart
    job handle "$(hex PING)" "$(account 11)" success "$(hex PONG)"
    has_line "log 2 total message(s) stored: "
}

# Two tokens are minted; the state tells name, symbol and base of the collection, then its tokens, in the order of a hash
# table, each with its owner, and much more.
play_nft() {
    local collection owner
    owner=$(account 11)
    collection=$(scale_text GNFT)$(scale_text GNFT)$(scale_text https://gear-tech.io)
    # The action Mint with the number $1 of a request, which must be a new one.
    mint() {
        job handle "00$(scale_number "$1" 8)$(scale_text "Token $1")$(scale_text Text)$(scale_text a:)$(scale_text b:)" \
            "$owner" success "00$(account 00)$owner$(scale_number "$1" 32)"
    }
    upload "$1"
    job init "${collection}00" "$owner" success none
    mint 0
    restart
    mint 1
    job state "" "$owner" success "${collection}08$(scale_number 1 32)$owner$(scale_number 0 32)$owner*"
}

# ---- Services --------------------------------------------------------------------------------------------------------

start() { start_service "$scratch/service.log" --port 0 --storage "$storage" --cache "$scratch/cache"; }

# What a program has kept is in the storage alone after this.
restart() {
    [[ -n $service ]] || return 0
    stop_process "$service"
    start || fail "the service did not start again"
    say "the service was started anew"
}

# Plays the program $1 if one of the files that follow is there.
play() {
    local file
    for file in "${@:2}"; do
        [[ -f $modules/$file ]] || continue
        printf '\n== %s: %s\n' "$1" "$file"
        "play_$1" "$modules/$file"
        request -X DELETE "$url/v1/programs/$program"
        [[ $status -eq 204 ]] || fail "its deletion was answered $status"
        played=$((played + 1))
        return
    done
    printf '\n== %s: not there\n' "$1"
}

play_all() {
    say "programs on $url"
    played=0 gas=()
    play one_of_us one_of_us.opt.wasm
    play extended_vft extended_vft_wasm.opt.wasm extended_vft.opt.wasm
    play ping ping.wasm ping.opt.wasm app.opt.wasm
    play demo_ping demo_ping.opt.wasm
    play nft nft.opt.wasm
    printf '\n'
    [[ $played -gt 0 ]] || fail "none of the programs is in $modules"
}

# On a service of its own with the storage $1.
play_all_on() {
    storage=$1
    start || fail "the service did not start"
    play_all
    stop_process "$service"
    service=
}

main() {
    case "$# ${1-}" in
        "1 --help") usage && exit ;;
        [12]" "[!-]*) ;;
        *) usage >&2 && exit 2 ;;
    esac
    modules=$(cd "$called_from" && realpath "$1")
    trap conclude EXIT
    trap 'exit 130' INT TERM
    scratch=$(mktemp -d /tmp/lazypages-gear.XXXXXX)
    chmod 755 "$scratch"
    answer=$scratch/answer.json
    if [[ $# -eq 2 ]]; then
        url=${2%/} suffix=-$$
        play_all
    else
        swift build --product lazypages
        play_all_on "sqlite:$scratch/lazypages.db"
        local on_sqlite="${gas[*]}"
        start_private_postgres "$scratch/postgres"
        play_all_on "postgresql://postgres@/postgres?host=$scratch/postgres"
        [[ ${gas[*]} == "$on_sqlite" ]] || fail "the jobs burned ${gas[*]} on PostgreSQL, and $on_sqlite on SQLite"
        say "each job burned the same gas on both storages"
    fi
    say "all answers of $played programs are as they must be"
}

main "$@" </dev/null
