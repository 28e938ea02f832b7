"""What the operator decides, read once at the start.

`config/default.toml` is complete; the files named in `PB_CONFIG` are laid over it in turn, and
variables `PB_SECTION__KEY` win over all files. A secret may also be read from a file: the key or
variable with `_file` / `_FILE` at its end names it. A key or variable that nobody knows stops the
programme and names the nearest known one, because a misspelt setting would be ignored in silence.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from postal_bridge.errors import Misuse
from postal_bridge.sections import Settings
from postal_bridge.setting_types import Section

PREFIX = "PB_"
NAME = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")  # of a carrier; a variable can name it too
OVERLAYS = "PB_CONFIG"
"""The variable that lists overlay files, separated by colons."""

CONFIG_DIR = Path(__file__).parent.parent / "config"
"""The checkout's own `config/`, used unless another folder is named."""


class SettingsError(Misuse):
    """A setting is unknown, missing or not valid; the text names its file or variable."""


KeyPath = tuple[str, ...]


def load_settings(environ: Mapping[str, str], *, config_dir: Path | None = None) -> Settings:
    """Read every setting: default.toml, then the overlays, then the environment.

    Args:
        environ: the variables; those that do not start with `PB_` are left alone.
        config_dir: the folder of `default.toml`; the checkout's `config/` unless given.

    Raises:
        SettingsError: with one line for each thing that is wrong.
    """
    folder = (config_dir or CONFIG_DIR).absolute()
    reading = _Reading()
    default = folder / "default.toml"
    if not default.is_file():
        raise SettingsError(
            f"{default}: the file is not there. Run from a checkout, or name its config folder."
        )
    files = [default, *(Path(name) for name in environ.get(OVERLAYS, "").split(":") if name)]
    for layer, file in enumerate(files):
        reading.lay(_read_toml(file), Layer(layer, str(file)))
    for name in sorted(environ):
        if name.startswith(PREFIX) and name != OVERLAYS:
            nested: object = environ[name]
            for key in reversed(name.removeprefix(PREFIX).lower().split("__")):
                nested = {key: nested}
            reading.lay(nested, Layer(len(files), name, from_environment=True))
    return reading.validated(folder)


@dataclass(frozen=True)
class Layer:
    """Where values come from: a file or a variable; a higher number wins."""

    number: int
    source: str
    from_environment: bool = False


@dataclass
class _Reading:
    """The values so far, who said each, and what was wrong."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, Layer] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def lay(self, table: object, layer: Layer) -> None:
        """Lay a layer's values over those that are there."""
        self._table(table, Settings, self.values, path=(), layer=layer)

    def validated(self, config_dir: Path) -> Settings:
        """The settings with their types, each wrong value named by its file or variable."""
        if self.problems:
            raise SettingsError("\n".join(self.problems))
        calendar = self.values.get("calendar", {})
        if isinstance(calendar.get("file"), str):
            calendar["file"] = config_dir / calendar["file"]
        try:
            return Settings.model_validate({**self.values, "config_dir": config_dir})
        except ValidationError as error:
            for wrong in error.errors(include_url=False, include_input=False):
                path = tuple(str(part) for part in wrong["loc"])
                said = self._origin(path) or str(config_dir / "default.toml")
                why = wrong["msg"].removeprefix("Value error, ")
                self.problems.append(f"{said}: {'.'.join(path)}: {why}")
        raise SettingsError("\n".join(self.problems))

    def _origin(self, path: KeyPath) -> str | None:
        ends = range(len(path), 0, -1)
        near = (self.origins[k].source for n in ends for k in self.origins if k[:n] == path[:n])
        return next(near, None)

    def _table(
        self, table: object, node: Any, into: dict[str, Any], *, path: KeyPath, layer: Layer
    ) -> None:
        if not isinstance(table, dict):
            self._unknown(path, layer)
            return
        for key, value in table.items():
            below, here = _below(node, key), (*path, key)
            if layer.from_environment and _leads_nowhere(node, into, key, value):
                below = None
            if _is_branch(below):
                self._table(value, below, into.setdefault(key, {}), path=here, layer=layer)
            elif isinstance(below, FieldInfo):
                self._value(value, into, here, layer)
            elif _is_confidential(_below(node, key.removesuffix("_file"))):
                named = (*path, key.removesuffix("_file"))
                self._value(self._secret(value, here, layer), into, named, layer)
            else:
                self._unknown(here, layer)

    def _value(self, value: object, into: dict[str, Any], path: KeyPath, layer: Layer) -> None:
        before = self.origins.get(path)
        if before and before.number == layer.number:
            self.problems.append(
                f"{layer.source}: {'.'.join(path)} is given twice, the other time by"
                f" {before.source}. Remove one."
            )
        self.origins[path] = layer
        into[path[-1]] = value

    def _secret(self, value: object, path: KeyPath, layer: Layer) -> str:
        try:
            return Path(str(value)).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(f"{layer.source}: {'.'.join(path)}: cannot read {value}: {error}")
            return ""

    def _unknown(self, path: KeyPath, layer: Layer) -> None:
        write = _as_variable if layer.from_environment else ".".join
        known = [write(found) for found in _paths(Settings, self.values)]
        # A variable is wrong as a whole: the path may end before its last word.
        wrong = layer.source if layer.from_environment else write(path)
        nearest = difflib.get_close_matches(wrong, known, n=1, cutoff=0)
        said = wrong if layer.from_environment else f"{layer.source}: {wrong}"
        self.problems.append(f"{said}: no such setting. The nearest is {nearest[0]}.")


def _as_variable(path: KeyPath) -> str:
    return PREFIX + "__".join(path).upper()


def _leads_nowhere(node: Any, into: dict[str, Any], key: str, value: object) -> bool:
    """Whether a variable names a carrier that no file has, or a key below a plain value."""
    if _is_named_table(node):
        return key not in into
    return isinstance(value, dict) and isinstance(_below(node, key), FieldInfo)


def _is_named_table(node: Any) -> bool:
    return get_origin(node) is dict  # the operator chooses the names, as in [carriers.NAME]


def _is_branch(node: Any) -> bool:
    return _is_named_table(node) or (isinstance(node, type) and issubclass(node, Section))


def _below(node: Any, key: str) -> Any:
    """What stands under a key: a section, a table of sections, a plain field, or None."""
    if _is_named_table(node):
        return get_args(node)[1] if NAME.fullmatch(key) else None
    if not _is_branch(node) or (node is Settings and key == "config_dir"):
        return None
    found = node.model_fields.get(key)
    return found.annotation if found and _is_branch(found.annotation) else found


def _is_confidential(node: Any) -> bool:
    if not isinstance(node, FieldInfo):
        return False
    extra = node.json_schema_extra
    return node.annotation is SecretStr or (isinstance(extra, dict) and "confidential" in extra)


def _paths(node: Any, values: dict[str, Any]) -> Iterator[KeyPath]:
    """Every key there is, with the names that the operator has chosen so far."""
    for key in values if _is_named_table(node) else node.model_fields:
        below = _below(node, key)
        if _is_branch(below):
            yield from ((key, *rest) for rest in _paths(below, values.get(key, {})))
        elif below:
            yield (key,)
        if _is_confidential(below):
            yield (f"{key}_file",)


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(f"{OVERLAYS}: {file} is not there. Correct the path.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from error
