import tomllib
from datetime import time
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from postal_bridge.errors import Misuse
from postal_bridge.sections import Settings
from postal_bridge.setting_types import Section
from postal_bridge.settings import CONFIG_DIR, SettingsError, load_settings


def write(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return str(caught.value)


def keys_of(section: Any) -> set[str]:
    """Every key that the classes declare, as section.key."""
    found: set[str] = set()
    for name, field in section.model_fields.items():
        kind = field.annotation
        if get_origin(kind) is dict:
            found |= {f"{name}.*.{key}" for key in keys_of(get_args(kind)[1])}
        elif isinstance(kind, type) and issubclass(kind, Section):
            found |= {f"{name}.{key}" for key in keys_of(kind)}
        else:
            found.add(name)
    return found


def test_the_defaults_are_the_ones_that_the_file_states() -> None:
    settings = load_settings({})
    assert settings.service.host == "127.0.0.1"
    assert settings.service.port == 8468
    assert settings.service.body_limit_bytes == 1_048_576
    assert settings.service.replay_clock is False
    assert settings.database.url == "sqlite+aiosqlite:///var/postal_bridge.db"
    assert settings.vault.folder == Path("var/vault")
    assert settings.province.name == "Lạng Sơn"
    assert settings.calendar.sessions == (
        (time(7, 30), time(11, 30)),
        (time(13, 30), time(17, 30)),
    )
    assert settings.calendar.receive_cutoff == time(15)
    assert settings.calendar.file == CONFIG_DIR / "calendar.toml"
    assert settings.carriers["own_fleet"].rate_per_minute == 600
    assert settings.nightly.at == time(23, 30)
    assert settings.config_dir == CONFIG_DIR


def test_default_toml_states_every_key_there_is() -> None:
    tables = tomllib.loads((CONFIG_DIR / "default.toml").read_text(encoding="utf-8"))
    named = {section: tables.pop(section) for section in ("carriers", "shifts", "shuttles")}
    stated = {f"{section}.{key}" for section, table in tables.items() for key in table}
    for section, tables_of_it in named.items():
        stated |= {f"{section}.*.{key}" for table in tables_of_it.values() for key in table}
    assert stated == keys_of(Settings) - {"config_dir"}


def test_nobody_changes_a_setting_while_the_service_runs() -> None:
    settings = load_settings({})
    with pytest.raises(ValidationError):
        settings.service.port = 1  # type: ignore[misc]


def test_overlays_are_laid_over_in_turn_and_leave_the_rest_alone(tmp_path: Path) -> None:
    first = write(tmp_path, "a.toml", '[service]\nport = 1\nhost = "0.0.0.0"\n')
    second = write(tmp_path, "b.toml", '[service]\nport = 2\n[carriers.vnpost]\nkind = "ngsp"\n')
    settings = load_settings({"PB_CONFIG": f"{first}:{second}"})
    assert settings.service.port == 2
    assert settings.service.host == "0.0.0.0"  # noqa: S104 - nothing is opened
    assert settings.service.language == "vi"
    assert set(settings.carriers) == {"own_fleet", "vnpost"}
    assert settings.carriers["vnpost"].rate_per_minute == 600


def test_the_environment_wins_over_every_file(tmp_path: Path) -> None:
    overlay = write(tmp_path, "a.toml", "[service]\nport = 1\n")
    settings = load_settings({"PB_CONFIG": overlay, "PB_SERVICE__PORT": "3", "HOME": "/nowhere"})
    assert settings.service.port == 3


def test_variables_take_the_type_of_their_setting() -> None:
    settings = load_settings(
        {
            "PB_SERVICE__REPLAY_CLOCK": "true",
            "PB_OUTBOX__POLL_SECONDS": "0.5",
            "PB_CALENDAR__SESSIONS": "08:00-12:00, 13:00-17:00",
            "PB_CALENDAR__REST_DAYS": "sunday",
            "PB_NIGHTLY__AT": "01:15",
            "PB_CARRIERS__OWN_FLEET__RATE_PER_MINUTE": "7",
            "PB_SECURITY__LEDGER_KEY_FILE": "keys/ledger",
        }
    )
    assert settings.service.replay_clock is True
    assert settings.outbox.poll_seconds == 0.5
    assert settings.calendar.sessions[1] == (time(13), time(17))
    assert settings.calendar.rest_days == ("sunday",)
    assert settings.nightly.at == time(1, 15)
    assert settings.carriers["own_fleet"].rate_per_minute == 7
    assert settings.security.ledger_key_file == Path("keys/ledger")


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("PB_SERVICE__PROT", "PB_SERVICE__PORT"),
        ("PB_SERVCE__PORT", "PB_SERVICE__PORT"),
        ("PB_PORT", "PB_SERVICE__PORT"),
        ("PB_SERVICE__PORT__X", "PB_SERVICE__PORT"),
        ("PB_CARRIERS__OWN_FLET__KIND", "PB_CARRIERS__OWN_FLEET__KIND"),
        ("PB_ONESTOP__PASWORD_FILE", "PB_ONESTOP__PASSWORD_FILE"),
        ("PB_SERVICE__HOST_FILE", "PB_SERVICE__HOST"),
        ("PB_CONFIG_DIR", "PB_"),
        ("PB_", "PB_"),
    ],
)
def test_a_misspelt_variable_is_named_with_the_nearest_known_one(
    variable: str, nearest: str
) -> None:
    said = refusal(**{variable: "1"})
    assert said.startswith(f"{variable}: no such setting. The nearest is {nearest}")


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("[service]\nprot = 1\n", "service.prot", "service.port"),
        ("[servce]\nport = 1\n", "servce", "service."),
        ("port = 1\n", "port", "service.port"),
        ("service = 1\n", "service", "service."),
        ("[service.port]\nx = 1\n", "", ""),
        ("[carriers.vnpost]\nkid = 1\n", "carriers.vnpost.kid", "carriers.vnpost.kind"),
        ('[carriers."VN Post"]\nkind = "x"\n', "carriers.VN Post", "carriers."),
        ('config_dir = "x"\n', "config_dir", ""),
    ],
)
def test_a_misspelt_key_is_named_with_its_file_and_the_nearest_known_one(
    tmp_path: Path, text: str, key: str, nearest: str
) -> None:
    file = write(tmp_path, "mine.toml", text)
    said = refusal(PB_CONFIG=file)
    assert said.startswith(f"{file}: {key}")
    assert nearest in said


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = refusal(PB_SERVICE__PROT="1", PB_SERVICE__HSOT="x").splitlines()
    assert len(said) == 2


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PB_SERVICE__PORT", "abc"),
        ("PB_SERVICE__PORT", "70000"),
        ("PB_SERVICE__PROCESSES", "0"),
        ("PB_SERVICE__LANGUAGE", "fr"),
        ("PB_DATABASE__URL", "mysql://me:hunter2@host/db"),
        ("PB_VAULT__URL", "file://var/vault"),
        ("PB_VAULT__URL", "ftp://x"),
        ("PB_PROVINCE__CODE", "37"),
        ("PB_CALENDAR__SESSIONS", "07:30-11:30,11:00-17:00"),
        ("PB_CALENDAR__SESSIONS", "all day"),
        ("PB_CALENDAR__REST_DAYS", "sundae"),
        ("PB_NIGHTLY__AT", "25:00"),
    ],
)
def test_a_value_that_is_not_valid_is_named_by_its_variable_and_not_repeated(
    variable: str, value: str
) -> None:
    said = refusal(**{variable: value})
    assert said.startswith(f"{variable}: ")
    assert "hunter2" not in said


def test_a_value_that_is_not_valid_is_named_by_its_file(tmp_path: Path) -> None:
    file = write(tmp_path, "mine.toml", '[carriers.vnpost]\nrate_per_minute = "x"\n')
    said = refusal(PB_CONFIG=file)
    assert f"{file}: carriers.vnpost.kind: Field required" in said
    assert f"{file}: carriers.vnpost.rate_per_minute: " in said


def test_secrets_may_come_from_files_and_are_never_shown(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret", "mật khẩu\n")
    url = write(tmp_path, "url", "postgresql+asyncpg://me:hunter2@host/db\n")
    overlay = write(tmp_path, "mine.toml", f'[onestop]\npassword_file = "{secret}"\n')
    settings = load_settings(
        {
            "PB_CONFIG": overlay,
            "PB_DATABASE__URL_FILE": url,
        }
    )
    assert settings.onestop.password == SecretStr("mật khẩu")
    assert settings.database.url.endswith("hunter2@host/db")
    assert "hunter2" not in repr(settings)
    assert "mật khẩu" not in repr(settings)


def test_a_secret_that_is_given_twice_or_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret", "x")
    twice = refusal(PB_ONESTOP__PASSWORD="x", PB_ONESTOP__PASSWORD_FILE=secret)
    assert "PB_ONESTOP__PASSWORD_FILE" in twice
    assert "given twice" in twice
    missing = refusal(PB_ONESTOP__PASSWORD_FILE=str(tmp_path / "none"))
    assert missing.startswith("PB_ONESTOP__PASSWORD_FILE: ")


def test_files_that_are_not_there_or_not_toml_are_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.toml")
    assert missing in refusal(PB_CONFIG=missing)
    broken = write(tmp_path, "broken.toml", "[service\n")
    assert refusal(PB_CONFIG=broken).startswith(f"{broken}: cannot be read")
    with pytest.raises(SettingsError, match=r"default\.toml: the file is not there"):
        load_settings({}, config_dir=tmp_path)
    assert issubclass(SettingsError, Misuse)


def test_another_config_folder_brings_its_own_calendar(tmp_path: Path) -> None:
    default = (CONFIG_DIR / "default.toml").read_text(encoding="utf-8")
    write(tmp_path, "default.toml", default)
    settings = load_settings({}, config_dir=tmp_path)
    assert settings.calendar.file == tmp_path / "calendar.toml"


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:var/vault", Path("var/vault")),
        ("file:///srv/vault", Path("/srv/vault")),
        ("file:/srv/vault", Path("/srv/vault")),
        ("s3://bucket/prefix", None),
    ],
)
def test_a_vault_may_be_a_relative_folder_an_absolute_one_or_a_bucket(
    url: str, folder: Path | None
) -> None:
    assert load_settings({"PB_VAULT__URL": url}).vault.folder == folder


def test_the_production_example_is_a_valid_overlay(tmp_path: Path) -> None:
    text = (CONFIG_DIR / "production.example.toml").read_text(encoding="utf-8")
    write(tmp_path, "database_url", "postgresql+asyncpg://me:x@localhost/postal_bridge")
    write(tmp_path, "onestop_password", "x")
    write(tmp_path, "own_fleet_callback", "x")
    mine = write(tmp_path, "mine.toml", text.replace("/etc/postal_bridge/secrets", str(tmp_path)))
    settings = load_settings({"PB_CONFIG": mine})
    assert settings.database.url.startswith("postgresql+asyncpg://")
    assert settings.vault.folder == Path("/srv/postal_bridge/vault")


@given(st.dictionaries(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1), st.text(), max_size=3))
def test_any_variable_at_all_is_either_known_or_named(variables: dict[str, str]) -> None:
    environ = {f"PB_X{name}": value for name, value in variables.items()}
    if environ:
        said = refusal(**environ)
        assert all(name in said for name in environ)
