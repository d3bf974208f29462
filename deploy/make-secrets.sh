#!/usr/bin/env bash
# Makes the secrets of an installation: passwords, tokens, and the files that name them to each part.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: deploy/make-secrets.sh FOLDER [DATABASE-HOST]
Makes, in a folder that only this user can look into:
  postgres_password   of the role lazypages
  pg_service.conf     how the service reaches the database on DATABASE-HOST (default postgres), password included
  tokens.json         for --tokens-file: the hashes of the two tokens below
  admin_token         may do everything
  metrics_token       may read; for Prometheus
  grafana_password    of the user admin
What is there already is kept.
TEXT
}

random() {
    openssl rand -base64 32 | tr '+/' '-_' | tr -d '='
}

# Writes standard input to the file $1, whole or not at all, unless it is there.
keep() {
    if [[ -e $1 ]]; then
        cat >/dev/null
        echo "make-secrets: kept $1"
    else
        cat >"$1.new"
        mv "$1.new" "$1"
        echo "make-secrets: made $1"
    fi
}

# The entry of the token in the file $3 for tokens.json, with the name $1 and the role $2.
entry() {
    local hash
    hash=$(tr -d '\n' <"$3" | sha256sum | cut -d ' ' -f 1)
    printf '{"name": "%s", "sha256": "%s", "roles": ["%s"]}' "$1" "$hash" "$2"
}

main() {
    case "${1:-}" in
        --help) usage && exit ;;
        "" | -*) usage >&2 && exit 2 ;;
    esac
    local folder=$1 host=${2:-postgres}
    # In a container the files belong to another user, who may read them; on this machine nobody else gets to them.
    mkdir -p "$folder"
    chmod 700 "$folder"
    umask 022
    random | keep "$folder/postgres_password"
    printf 'lazypages_%s' "$(random)" | keep "$folder/admin_token"
    printf 'lazypages_%s' "$(random)" | keep "$folder/metrics_token"
    random | keep "$folder/grafana_password"
    printf '[lazypages]\nhost=%s\ndbname=lazypages\nuser=lazypages\npassword=%s\n' \
        "$host" "$(<"$folder/postgres_password")" | keep "$folder/pg_service.conf"
    printf '{"tokens": [%s, %s]}\n' "$(entry admin admin "$folder/admin_token")" \
        "$(entry prometheus read "$folder/metrics_token")" | keep "$folder/tokens.json"
}

main "$@"
