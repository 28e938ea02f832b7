"""The sections of the settings about papers: how they are taken in, and where they are kept."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from postal_bridge.setting_types import Count, Seconds, Section, listed


def _vault(url: str) -> str:
    if url.startswith("file://") and not url.startswith("file:///"):
        raise ValueError("write file:var/vault (below the working folder) or file:///srv/vault")
    if not url.startswith(("file:", "s3://")) or url in {"file:", "s3://"}:
        raise ValueError("the vault is file:folder, file:///folder or s3://bucket")
    return url


def _file(value: object) -> object:
    """An empty name is no file."""
    return value or None


OptionalFile = Annotated[Path | None, BeforeValidator(_file)]
SigningKind = Literal["none", "file", "pkcs11"]
Files = Annotated[tuple[Path, ...], BeforeValidator(listed)]


class VaultSettings(Section):
    """Where the files are kept."""

    url: Annotated[str, AfterValidator(_vault)]
    key_file: OptionalFile
    older_key_files: Files
    sample: int = Field(ge=0)

    @property
    def folder(self) -> Path | None:
        """The folder of a `file:` vault, relative to the working folder or absolute; else None."""
        if not self.url.startswith("file:"):
            return None
        return Path(self.url.removeprefix("file:").replace("///", "/", 1))


class SigningSettings(Section):
    """With which key documents are signed, and whose signatures are trusted."""

    kind: SigningKind
    key_file: OptionalFile
    password: SecretStr
    pkcs11_module: OptionalFile
    pkcs11_token: str
    pkcs11_label: str
    pkcs11_pin: SecretStr
    timestamp_url: str
    roots: Files
    ask_authorities: bool
    timeout_seconds: Seconds

    @model_validator(mode="after")
    def _complete(self) -> "SigningSettings":
        if self.kind == "file" and self.key_file is None:
            raise ValueError("kind = file needs key_file")
        if self.kind == "pkcs11" and not (self.pkcs11_module and self.pkcs11_token):
            raise ValueError("kind = pkcs11 needs pkcs11_module, pkcs11_token and pkcs11_label")
        if self.timestamp_url and not self.roots:
            raise ValueError("timestamp_url needs roots: the authority behind the stamps")
        return self


class DocumentsSettings(Section):
    """Digitised pages: what is taken, how it is worked on, how long it is kept."""

    upload_limit_bytes: Count
    part_bytes: int = Field(ge=1024)
    pixel_limit: int = Field(ge=1_000_000)
    page_limit: Count
    dots_per_inch: int = Field(ge=100, le=600)
    page_limit_bytes: int = Field(ge=20_000)
    workers: int = Field(ge=1, le=64)
    worker_memory_mb: int = Field(ge=500)
    worker_seconds: Seconds
    keep_originals_days: Count
    keep_parts_days: Count
    reader: str
    reader_languages: str = Field(pattern=r"^[a-zA-Z_]+(\+[a-zA-Z_]+)*$")
    reader_at_once: int = Field(ge=1, le=64)
    reader_seconds: Seconds
    link_base: str = Field(pattern=r"^(https?://[^/]+)?$")
