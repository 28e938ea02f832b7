# shellcheck shell=bash
# Gets .venv ready. Sourced by the other scripts, which then call:
#
#     prepare_environment run     what the programme itself needs
#     prepare_environment dev     that, and what its tests and checks need
#
# Everything lands in .venv beside this checkout: no system folder is touched, so Debian's
# "externally managed" Python (PEP 668) is content, and so is a user who is not root. A stamp in
# .venv remembers which pins are installed; while it is current a call returns at once.

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
VENV="$ROOT/.venv"
STAMP="$VENV/postal-bridge.stamp"
STEP=0
STEPS=4
cd "$ROOT"

# The programme writes Vietnamese; a terminal with an old locale must not stop it.
export PYTHONUTF8=1

say() { printf '%s\n' "$*" >&2; }

step() {
    STEP=$((STEP + 1))
    say "[$STEP/$STEPS] $1"
}

give_up() {
    say ""
    say "LỖI · ERROR"
    for line in "$@"; do say "  $line"; done
    exit 3
}

# --- which Python -------------------------------------------------------------------------------

is_recent_python() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

can_make_environments() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# Sets PYTHON to the first recent Python that can make an environment, else to the first recent one.
find_python() {
    local candidate
    PYTHON=""
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        is_recent_python "$candidate" || continue
        if can_make_environments "$candidate"; then
            PYTHON="$candidate"
            return
        fi
        PYTHON="${PYTHON:-$candidate}"
    done
    [ -n "$PYTHON" ] || give_up \
        "Cần Python 3.11 trở lên nhưng không tìm thấy (đã thử python3, python3.11 … python3.14)." \
        "Python 3.11 or newer is needed and none was found (tried python3, python3.11 … python3.14)." \
        "Debian, Ubuntu: sudo apt install python3 python3-venv    Fedora: sudo dnf install python3"
}

# Debian splits ensurepip off into a package of its own.
need_ensurepip() {
    can_make_environments "$PYTHON" && return
    local version package
    version="$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    package="python$version-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "      Python $version chưa có ensurepip, đang cài $package bằng apt" \
            "· Python $version has no ensurepip, installing $package with apt"
        { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y "$package"; } >&2 || true
        can_make_environments "$PYTHON" && return
    fi
    give_up \
        "Python $version thiếu mô-đun ensurepip nên không tạo được môi trường ảo." \
        "Python $version lacks the module ensurepip, so no virtual environment can be made." \
        "Hãy chạy · please run: sudo apt install $package"
}

# --- the environment ----------------------------------------------------------------------------

# Prints what identifies an installation at this level: where it stands, by which Python, which pins.
fingerprint() {
    "$VENV/bin/python" - "$ROOT" "$1" <<'PY'
import hashlib, pathlib, sys
root, level = pathlib.Path(sys.argv[1]), sys.argv[2]
digest = hashlib.sha256(repr((str(root), sys.version, level)).encode())
for name in ("requirements/tools.txt", f"requirements/{level}.txt", "pyproject.toml"):
    digest.update((root / name).read_bytes())
print(level, digest.hexdigest())
PY
}

stamp_is_current() {
    [ -x "$VENV/bin/python" ] && [ -f "$STAMP" ] || return 1
    local stamped
    stamped="$(cat "$STAMP")"
    # An environment for development serves the programme as well, never the other way round.
    [ "${stamped%% *}" = "$1" ] || [ "${stamped%% *}" = dev ] || return 1
    [ "$stamped" = "$(fingerprint "${stamped%% *}" 2>/dev/null)" ]
}

# A folder that was moved or copied, or whose Python went away, is made anew: its scripts name the
# old place.
make_environment() {
    if [ -x "$VENV/bin/python" ] && is_recent_python "$VENV/bin/python" \
        && "$VENV/bin/python" -m pip --version >/dev/null 2>&1 \
        && grep -qF "$VENV" "$VENV/bin/activate" 2>/dev/null; then
        step "Môi trường .venv đã có · environment .venv is there"
        return
    fi
    find_python
    step "Tạo môi trường .venv bằng $("$PYTHON" --version) · making environment .venv"
    need_ensurepip
    "$PYTHON" -m venv --clear "$VENV" || give_up \
        "Không tạo được môi trường ảo trong $VENV." "The virtual environment could not be made there."
}

# pip as it is configured on this machine; "user = true" in its settings cannot hold inside .venv.
# The build backend looks for its own programme on the PATH.
run_pip() {
    PATH="$VENV/bin:$PATH" PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 "$VENV/bin/python" -m pip "$@" >&2
}

# uv knows nothing of pip's settings, so they are handed to it (see pip_settings.py).
run_uv() {
    local settings
    mapfile -d '' -t settings < <("$VENV/bin/python" "$ROOT/scripts/pip_settings.py")
    env "${settings[@]}" UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV="$VENV" "$VENV/bin/uv" "$@" >&2
}

install_pins() {
    local pins="requirements/$1.txt"
    if [ -x "$VENV/bin/uv" ] && run_uv pip sync --require-hashes "$pins"; then return; fi
    say "      uv không dùng được, chuyển sang pip · uv did not manage, going on with pip"
    run_pip install --require-hashes --requirement "$pins" || give_up \
        "Không cài được các gói đã ghim trong $pins (xem thông báo ở trên)." \
        "The pinned packages of $pins could not be installed (see above)." \
        "Kiểm tra mạng hoặc cấu hình pip rồi chạy lại; phần đã tải không phải tải lại." \
        "Check the network or pip's configuration and start again; nothing is downloaded twice."
}

# The build backend is among the pins, so this needs neither network nor a second environment.
install_project() {
    if [ -x "$VENV/bin/uv" ] \
        && run_uv pip install --offline --no-deps --no-build-isolation --quiet --editable .; then return; fi
    run_pip install --quiet --no-index --no-deps --no-build-isolation --editable . || give_up \
        "Không đưa được chương trình vào .venv." "The programme could not be put into .venv."
}

prepare_environment() {
    local level="$1"
    if stamp_is_current "$level"; then return; fi
    # Two scripts started at the same time must not install into one folder at once.
    if command -v flock >/dev/null; then
        exec 9<"$ROOT/pyproject.toml"
        flock 9
        if stamp_is_current "$level"; then exec 9<&-; return; fi
    fi
    # What was made for development stays so when its pins are renewed.
    if [ -f "$STAMP" ] && [ "$(cut -d' ' -f1 "$STAMP")" = dev ]; then level=dev; fi
    say "Chuẩn bị lần đầu, cần mạng, mất một đến vài phút · first run: needs the network, a few minutes"
    make_environment
    rm -f "$STAMP"
    step "Cài trình cài đặt uv · installing the installer, uv"
    run_pip install --quiet --require-hashes --requirement requirements/tools.txt || true
    step "Tải và cài $(grep -c '==' "requirements/$level.txt") gói đã ghim · fetching pinned packages"
    install_pins "$level"
    step "Đưa chương trình vào .venv · putting the programme into .venv"
    install_project
    fingerprint "$level" >"$STAMP"
    if command -v flock >/dev/null; then exec 9<&-; fi
    say "Xong · ready"
    say ""
}
