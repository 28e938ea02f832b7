"""What nobody does by hand in the vault: what has had its time goes, and the rest is proved to be there.

Each of these may be run again at any moment, by any process: what is done is not done twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import (
    ContentState,
    Purpose,
    UploadState,
    VaultContent,
)

Report = Callable[[PaperWork, VaultContent], Awaitable[None]]
"""Opens an incident over a content that is lost or damaged, in the transaction that notes it."""


@dataclass(frozen=True, kw_only=True)
class VaultUpkeep:
    """Does it.

    Attributes:
        sample: so many contents are read back each time, those first that waited longest.
        report: who hears of a content that is not what it was.
    """

    house: PaperHouse
    sample: int
    report: Report

    async def tend(self) -> dict[str, int]:
        """All of it; what was done, by name."""
        terms = self.house.terms
        return {
            "dropped": await self.drop_uploads(),
            "parts": await self._remove(Purpose.PART, terms.parts_kept),
            "originals": await self._remove(Purpose.ORIGINAL, terms.originals_kept),
            "damaged": await self.check_sample(),
        }

    async def drop_uploads(self) -> int:
        """Uploads that nobody went on with are over: their parts go."""
        before = self.house.clock.now() - self.house.terms.parts_kept
        async with self.house.transactions.begin(write=False) as work:
            idle = [upload.id for upload in await work.uploads.idle_since(before)]
        dropped = 0
        for upload_id in idle:
            async with self.house.transactions.begin() as work:
                upload = await work.uploads.hold(upload_id)
                if upload is None or upload.state is not UploadState.OPEN:
                    continue
                if upload.changed_at >= before:
                    continue  # its device came back in between
                upload.state = UploadState.DROPPED
                await work.uploads.put(upload)
                dropped += 1
        return dropped

    async def _remove(self, purpose: Purpose, kept: timedelta) -> int:
        """Contents that were named for nothing else, and not lately; one at a time, under a lock.

        Whoever names a content waits for that lock, and puts it back where it is gone by then.
        """
        before = self.house.clock.now() - kept
        async with self.house.transactions.begin(write=False) as work:
            passed = [one.sha256 for one in await work.contents.passed(purpose, before=before)]
        removed = 0
        for sha256 in passed:
            async with self.house.transactions.begin() as work:
                content = await work.contents.hold(sha256)
                if content is None or content.purpose is not purpose or content.kept_at >= before:
                    continue
                await self.house.vault.forget(sha256)
                await work.contents.forget(sha256)
                await self._note_gone(work, content)
                removed += 1
        return removed

    async def _note_gone(self, work: PaperWork, content: VaultContent) -> None:
        """Pages say themselves that their original is not kept any more."""
        if content.purpose is not Purpose.ORIGINAL:
            return
        now = self.house.clock.now()
        for page in await work.pages.with_source(content.sha256):
            await work.pages.renew(page.model_copy(update={"source_gone_at": now}))

    async def check_sample(self) -> int:
        """Read contents back and compare them with their hash; says how many are not what they were.

        One that is bad is told once; when it is found well again it counts as kept again.
        """
        async with self.house.transactions.begin(write=False) as work:
            sample = await work.contents.longest_unchecked(limit=self.sample)
        bad = 0
        for content in sample:
            state = await self._state(content.sha256)
            bad += state is not ContentState.KEPT
            async with self.house.transactions.begin() as work:
                now_held = await work.contents.hold(content.sha256)
                if now_held is None:
                    continue  # its time ended in between
                await work.contents.checked(content.sha256, at=self.house.clock.now(), state=state)
                if state not in {ContentState.KEPT, now_held.state}:
                    told = now_held.model_copy(update={"state": state})
                    await self.report(work, told)
        return bad

    async def _state(self, sha256: str) -> ContentState:
        try:
            await self.house.vault.fetch(sha256)
        except KeyError:
            return ContentState.LOST
        except ValueError:
            return ContentState.DAMAGED
        return ContentState.KEPT
