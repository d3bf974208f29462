# shellcheck shell=bash
# To be sourced, after service.sh, by the scripts that need a PostgreSQL of their own.

# As the user that may run a PostgreSQL server: root may not. The process keeps its id.
unprivileged() {
    if [[ $EUID -eq 0 ]]; then
        exec setpriv --reuid postgres --regid postgres --init-groups "$@"
    else
        exec "$@"
    fi
}

# Starts a new PostgreSQL that only a socket in the folder $1 reaches, with the further arguments as its options; it logs
# beside that folder. Leaves its process id in `postgres` and the folder of its programs in `postgres_bin`; fails if it does
# not answer.
start_private_postgres() {
    local folder=$1 programs=(/usr/lib/postgresql/*/bin)
    postgres_bin=${programs[-1]}
    mkdir "$folder"
    [[ $EUID -ne 0 ]] || chown postgres "$folder"
    (unprivileged "$postgres_bin/initdb" --pgdata "$folder/data" --username postgres --auth trust --encoding UTF8 \
        --no-locale --no-sync) >"$folder.initdb.log"
    (unprivileged "$postgres_bin/postgres" -D "$folder/data" -c listen_addresses= \
        -c "unix_socket_directories=$folder" "${@:2}") >"$folder.log" 2>&1 &
    # shellcheck disable=SC2034  # for the script that sources this
    postgres=$!
    eventually "$postgres_bin/pg_isready" --quiet --host "$folder" --username postgres
}
