"""Prints pip's settings of this machine as uv's environment variables, each ended by a NUL byte.

pip reads its own files and PIP_* variables, uv reads neither. Whoever told pip where packages come
from (a mirror in the office, a folder on a stick) has told everybody: that is what this file is for.
A variable of uv's that is already set wins.
"""

import ast
import os
import subprocess
import sys

NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "no-index": "UV_NO_INDEX",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
MEANT_FOR_INSTALLING = ("global", "install", ":env:")


def pip_settings() -> dict[str, str]:
    """What `pip config list` says, later places winning over earlier ones, as pip itself has it."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: dict[str, str] = {}
    for place in MEANT_FOR_INSTALLING:
        for line in listing.splitlines():
            key, _, quoted = line.partition("=")
            section, _, name = key.partition(".")
            if section == place and quoted:
                found[name] = str(ast.literal_eval(quoted))
    return found


def uv_settings(pip: dict[str, str]) -> dict[str, str]:
    """The same wishes in uv's words."""
    wanted = {NAMES[name]: " ".join(value.split()) for name, value in pip.items() if name in NAMES}
    if "UV_FIND_LINKS" in wanted:
        wanted["UV_FIND_LINKS"] = wanted["UV_FIND_LINKS"].replace(" ", ",")
    # pip asks every index it knows; the hashes in the pin files keep that safe.
    wanted["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if wanted.get("UV_NO_INDEX", "").lower() in {"0", "false", "no", "off"}:
        del wanted["UV_NO_INDEX"]
    return {name: value for name, value in wanted.items() if name not in os.environ}


if __name__ == "__main__":
    for name, value in uv_settings(pip_settings()).items():
        sys.stdout.write(f"{name}={value}\0")
