"""The vault: contents under the name of their hash, in a folder or in an object store."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from postal_bridge.errors import Accident, Misuse
from postal_bridge.storage.vault_cipher import VaultCipher, is_sealed

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_PROBE = b"postal-bridge: can the vault be written and read?\n"


class VaultUnavailable(Accident):
    """The vault cannot be written or read now."""

    retryable = True


class ObjectVault:
    """A vault on an object store; a local folder is one as well.

    Names are `ab/cd/<hash>`: a folder with a million files in it is slow to list on most systems.
    With a cipher what lies there is encrypted; names stay the hashes of what was put in.
    """

    PROBE_NAME = hashlib.sha256(_PROBE).hexdigest()

    def __init__(
        self,
        store: "ObjectStore",
        *,
        url: str,
        folder: Path | None = None,
        cipher: VaultCipher | None = None,
    ) -> None:
        self._store = store
        self._folder = folder
        self._cipher = cipher
        self.url = url

    async def keep(self, content: bytes) -> str:
        """Keep contents; gives their SHA-256 in hexadecimal. Keeping twice is no harm."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        sha256 = hashlib.sha256(content).hexdigest()
        stored = self._cipher.seal(content, name=sha256) if self._cipher else content
        try:
            await obstore.put_async(self._store, name_of(sha256), stored, mode="create")
        except AlreadyExistsError:
            return sha256
        except Exception as error:
            msg = f"the vault {self.url} cannot be written: {error}"
            raise VaultUnavailable(msg) from error
        if self._folder is not None:
            # The record that names the file is synced to disk; the file must not be missing then.
            await asyncio.to_thread(_flush, self._folder / name_of(sha256))
        return sha256

    async def fetch(self, sha256: str) -> bytes:
        """Contents by their hash.

        Raises:
            KeyError: nothing is kept under this name.
            ValueError: what is kept does not match its name any more.
            Misuse: it is encrypted, and its key is not configured.
        """
        import obstore

        try:
            found = await obstore.get_async(self._store, name_of(sha256))
            content = bytes(await found.bytes_async())
        except FileNotFoundError:
            raise KeyError(sha256) from None
        except Exception as error:
            msg = f"the vault {self.url} cannot be read: {error}"
            raise VaultUnavailable(msg) from error
        if hashlib.sha256(content).hexdigest() == sha256:
            return content  # kept before a key was configured, or without one
        if is_sealed(content):
            content = self._opened(content, sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            msg = f"{name_of(sha256)} in the vault {self.url} does not match its name any more"
            raise ValueError(msg)
        return content

    async def has(self, sha256: str) -> bool:
        """Whether something is kept under this name; it is not read."""
        import obstore

        try:
            await obstore.head_async(self._store, name_of(sha256))
        except FileNotFoundError:
            return False
        except Exception as error:
            msg = f"the vault {self.url} cannot be read: {error}"
            raise VaultUnavailable(msg) from error
        return True

    async def forget(self, sha256: str) -> None:
        """Remove contents whose time is over; no harm where there are none."""
        import obstore

        try:
            await obstore.delete_async(self._store, name_of(sha256))
        except FileNotFoundError:
            return
        except Exception as error:
            msg = f"nothing can be removed from the vault {self.url}: {error}"
            raise VaultUnavailable(msg) from error

    def _opened(self, sealed: bytes, sha256: str) -> bytes:
        if self._cipher is None:
            msg = f"{name_of(sha256)} in the vault {self.url} is encrypted: set [vault] key_file"
            raise Misuse(msg)
        return self._cipher.open(sealed, name=sha256)

    async def names(self) -> AsyncIterator[str]:
        """The hashes of everything that is kept, in no order."""
        import obstore

        async for part in obstore.list(self._store):
            for entry in part:
                name = entry["path"].rpartition("/")[2]
                if entry["path"] == name_of(name):
                    yield name

    async def check(self) -> None:
        """Return when the vault can be written and read; raise what is wrong otherwise."""
        try:
            await self.fetch(await self.keep(_PROBE))
        except (KeyError, ValueError) as error:
            msg = f"the vault {self.url} does not give back what was put into it: {error}"
            raise VaultUnavailable(msg) from error


def name_of(sha256: str) -> str:
    """Where contents lie in the vault."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def open_vault(url: str, *, cipher: VaultCipher | None = None) -> ObjectVault:
    """The vault at an address: `file:folder`, `file:///folder`, `s3://bucket/prefix`, `memory:`.

    The keys of an S3 store come from the variables and files that AWS's own tools read.

    Raises:
        Misuse: the address is none of these, or the folder cannot be made.
    """
    from obstore.store import LocalStore, MemoryStore, S3Store

    if url == "memory:":
        return ObjectVault(MemoryStore(), url=url, cipher=cipher)
    if url.startswith("s3://"):
        return ObjectVault(S3Store.from_url(url), url=url, cipher=cipher)
    if not url.startswith("file:"):
        msg = f"the vault {url} is not file:folder, file:///folder or s3://bucket"
        raise Misuse(msg)
    folder = Path(url.removeprefix("file:").replace("///", "/", 1))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the vault's folder {folder} cannot be made: {error}"
        raise Misuse(msg) from error
    store = LocalStore(folder.absolute())
    return ObjectVault(store, url=url, folder=folder.absolute(), cipher=cipher)


def _flush(path: Path) -> None:
    for part in (path, path.parent, path.parent.parent, path.parent.parent.parent):
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
