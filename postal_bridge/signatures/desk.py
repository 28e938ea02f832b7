"""Has signatures judged in a process of its own; see the port `Verifier`."""

import asyncio
from pathlib import Path

from postal_bridge.clock import Clock
from postal_bridge.documents.page_values import Trouble, Unreadable
from postal_bridge.documents.signature_values import SignatureFound
from postal_bridge.logs import get_logger
from postal_bridge.workers import WorkerDied, WorkerPool

WORKER = ("-m", "postal_bridge.signatures.worker")
_MEGABYTE = 2**20
_log = get_logger(__name__)


class VerifyingDesk:
    """Judges signatures.

    Args:
        roots: certificates (PEM or DER) of the authorities that are trusted; read when the first
            document is judged.
        fetch: ask the authorities' servers whether a certificate was revoked.
        memory_mb: so much address space it may use.
        seconds: longer than that no document takes.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        roots: tuple[Path, ...] = (),
        fetch: bool = False,
        memory_mb: int = 1_000,
        seconds: float = 60.0,
        worker: tuple[str, ...] = WORKER,
    ) -> None:
        self._clock = clock
        self._roots = roots
        self._fetch = fetch
        self._seconds = seconds
        self._pool = WorkerPool((*worker, str(memory_mb * _MEGABYTE)), processes=1)

    async def verify(self, pdf: bytes) -> tuple[SignatureFound, ...] | Unreadable:
        """See the port."""
        from postal_bridge.signatures.signer import certificates  # heavy
        from postal_bridge.signatures.verifying import Terms, loaded
        from postal_bridge.signatures.worker import Job, encode, told_of

        roots = await asyncio.to_thread(lambda: loaded(certificates(self._roots)))
        job = Job(pdf, Terms(roots, self._fetch, self._clock.now().isoformat()))
        try:
            async with self._pool.worker() as worker, asyncio.timeout(self._seconds):
                await worker.say(encode(job))
                told = told_of.decode(await worker.hear())
        except (TimeoutError, WorkerDied) as lost:
            _log.warning("verifying worker lost", why=str(lost))
            return Unreadable(Trouble.EXHAUSTED, str(lost))
        return told.found if told.unreadable is None else told.unreadable

    async def close(self) -> None:
        """End the worker."""
        await self._pool.close()
