"""Papers, built: the vault with its key, and whoever opens, reads and assembles files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, cast

from postal_bridge.clock import Clock
from postal_bridge.decided import make_paper_terms
from postal_bridge.digitising.desk import DigitisingDesk
from postal_bridge.digitising.reading import Tesseract, find_tesseract
from postal_bridge.documents.form_maps import load_form_maps
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import FileLimits
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.recognition import Recognition
from postal_bridge.documents.records import ContentState, VaultContent
from postal_bridge.documents.vault_upkeep import VaultUpkeep
from postal_bridge.identity import NIGHT
from postal_bridge.jobs.papers import PapersJob
from postal_bridge.paper_sections import DocumentsSettings, SigningSettings
from postal_bridge.sections import Settings
from postal_bridge.settings import CONFIG_DIR
from postal_bridge.signatures.desk import VerifyingDesk
from postal_bridge.signatures.signer import KeyFile, PadesSigner, TimeStamps, Token
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.vault import ObjectVault, open_vault
from postal_bridge.storage.vault_cipher import VaultCipher
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.incidents import open_incident
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import IncidentKind

_SHOWN = 16
"""Digits of a hash that tell contents apart in a list."""

CONTENT_NAMES = {
    ContentState.KEPT: "còn nguyên / well",
    ContentState.LOST: "mất / lost",
    ContentState.DAMAGED: "hỏng / damaged",
}


class HouseOfPapers(Protocol):
    """What of the house this work needs."""

    @property
    def settings(self) -> Settings:
        """The settings."""
        ...

    @property
    def papers(self) -> PaperHouse:
        """Everything that papers are taken with."""
        ...

    @property
    def storage(self) -> Storage:
        """The database."""
        ...

    @property
    def identifiers(self) -> Identifiers:
        """Makes identifiers."""
        ...


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


def make_papers_job(house: HouseOfPapers, owner: str) -> PapersJob:
    """Reads what waits where a reader is installed, and tends the vault."""
    papers, settings = house.papers, house.settings
    upkeep = VaultUpkeep(
        house=papers,
        sample=settings.vault.sample,
        report=lambda work, content: _report_content(house, work, content),
    )
    reader = make_reader(settings.documents)
    read = None
    if reader is not None:
        maps = load_form_maps(CONFIG_DIR / "form_maps.toml")
        read = Recognition(house=papers, reader=reader, maps=maps).read_waiting
    return PapersJob(
        storage=house.storage, clock=papers.clock, owner=owner, read=read, tend=upkeep.tend
    )


def make_reader(documents: DocumentsSettings) -> Tesseract | None:
    """Who reads pages; none where it is switched off or not installed."""
    command = find_tesseract(documents.reader)
    if command is None:
        return None
    return Tesseract(
        command,
        languages=documents.reader_languages,
        at_once=documents.reader_at_once,
        seconds=documents.reader_seconds,
    )


async def _report_content(house: HouseOfPapers, work: PaperWork, content: VaultContent) -> None:
    """An incident over what the vault does not have any more, once for each time it is found."""
    recorder = Recorder(
        cast("CustodyWork", work),  # the storage's transactions have the stores of all rooms
        actor=NIGHT,
        now=house.papers.clock.now(),
        identifiers=house.identifiers,
    )
    name = content.sha256[:_SHOWN]
    note = f"{CONTENT_NAMES[content.state]}: {content.purpose.value} {content.sha256}"
    place = house.settings.province.centre
    await open_incident(recorder, IncidentKind.CONTENT, name, place=place, note=note)


def make_signer(signing: SigningSettings) -> PadesSigner | None:
    """Who signs; none where no key is configured."""
    stamps = None
    if signing.timestamp_url:
        stamps = TimeStamps(
            url=signing.timestamp_url, roots=signing.roots, seconds=signing.timeout_seconds
        )
    if signing.kind == "file" and signing.key_file is not None:
        password = signing.password.get_secret_value()
        return PadesSigner(KeyFile(file=signing.key_file, password=password), stamps=stamps)
    if signing.kind == "pkcs11" and signing.pkcs11_module is not None:
        token = Token(
            module=signing.pkcs11_module,
            token=signing.pkcs11_token,
            label=signing.pkcs11_label,
            pin=signing.pkcs11_pin.get_secret_value(),
        )
        return PadesSigner(token, stamps=stamps)
    return None


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
    verifier = VerifyingDesk(
        clock=clock,
        roots=settings.signing.roots,
        fetch=settings.signing.ask_authorities,
        memory_mb=documents.worker_memory_mb,
    )
    try:
        yield PaperHouse(
            transactions=storage,
            vault=vault,
            digitiser=desk,
            signer=make_signer(settings.signing),
            verifier=verifier,
            terms=make_paper_terms(settings),
            clock=clock,
            new_id=identifiers.new,
        )
    finally:
        await desk.close()
        await verifier.close()
