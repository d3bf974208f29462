# shellcheck shell=bash
# To be sourced by the scripts that use tools from PyPI.

# Has Python and the shell find the tools that the list $2 pins, in the folder $1, an absolute path. They are installed
# anew where the list has changed; its copy there, the stamp, comes last.
use_python_tools() {
    local folder=$1 requirements=$2
    if ! cmp --silent "$requirements" "$folder/stamp"; then
        rm -rf "$folder"
        mkdir -p "$folder"
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
            --only-binary=:all: --requirement "$requirements" --target "$folder"
        cp "$requirements" "$folder/stamp"
    fi
    export PYTHONPATH=$folder PATH=$folder/bin:$PATH
}
