"""Papers, built: the vault with its key, and whoever opens, reads and assembles files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postal_bridge.clock import Clock
from postal_bridge.decided import make_paper_terms
from postal_bridge.digitising.desk import DigitisingDesk
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import FileLimits
from postal_bridge.sections import Settings
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.vault import ObjectVault, open_vault
from postal_bridge.storage.vault_cipher import VaultCipher
from postal_bridge.tracking.identifiers import Identifiers


def make_vault(settings: Settings) -> ObjectVault:
    """The vault, with the province's key where one is configured.

    Raises:
        Misuse: the section cannot work; the text names what is wrong.
    """
    return open_vault(settings.vault.url, cipher=make_cipher(settings))


def make_cipher(settings: Settings) -> VaultCipher | None:
    """What encrypts the vault; none where no key is configured.

    Raises:
        Misuse: a key cannot be read.
    """
    vault = settings.vault
    if vault.key_file is None:
        return None
    return VaultCipher(vault.key_file, province=settings.province.code, older=vault.older_key_files)


@asynccontextmanager
async def opened_papers(
    settings: Settings,
    *,
    storage: Storage,
    vault: ObjectVault,
    clock: Clock,
    identifiers: Identifiers,
) -> AsyncIterator[PaperHouse]:
    """Whoever takes papers in; no process is started before the first file comes."""
    documents = settings.documents
    desk = DigitisingDesk(
        limits=FileLimits(pixels=documents.pixel_limit, pages=documents.page_limit),
        processes=documents.workers,
        memory_mb=documents.worker_memory_mb,
        seconds=documents.worker_seconds,
    )
    try:
        yield PaperHouse(
            transactions=storage,
            vault=vault,
            digitiser=desk,
            terms=make_paper_terms(settings),
            clock=clock,
            new_id=identifiers.new,
        )
    finally:
        await desk.close()
