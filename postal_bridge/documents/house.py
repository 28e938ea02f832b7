"""Everything that papers are taken, arranged and assembled with, handed in once by the roof."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postal_bridge.clock import Clock
from postal_bridge.documents.digitising_ports import Digitiser
from postal_bridge.documents.ports import PaperTransactions, PaperVault, PaperWork
from postal_bridge.documents.records import Purpose, VaultContent
from postal_bridge.documents.signing_ports import Signer, Verifier
from postal_bridge.documents.terms import PaperTerms


@dataclass(frozen=True, kw_only=True)
class PaperHouse:
    """What does not change between transactions.

    Attributes:
        signer: none where no key is configured.
    """

    transactions: PaperTransactions
    vault: PaperVault
    digitiser: Digitiser
    signer: Signer | None
    verifier: Verifier
    terms: PaperTerms
    clock: Clock
    new_id: Callable[[datetime], UUID]

    async def note(self, work: PaperWork, kept: dict[str, tuple[Purpose, bytes]]) -> None:
        """Write down what was put into the vault, and make sure under that lock that it is there.

        What nobody named for its time is removed under the same lock: so nothing is removed
        between being put there and being named.

        Args:
            work: the transaction that names it.
            kept: purpose and bytes by hash.
        """
        now = self.clock.now()
        noted = [
            VaultContent(sha256=sha256, purpose=purpose, size_bytes=len(content), kept_at=now)
            for sha256, (purpose, content) in sorted(kept.items())
        ]
        await work.contents.note(noted)
        for sha256, (_, content) in kept.items():
            if not await self.vault.has(sha256):
                await self.vault.keep(content)
