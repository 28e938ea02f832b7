"""The tape of a run: every answer of the other side, kept before anything is made of it.

It is the evidence of the night, and the reason why a night that was killed goes on where it was:
the new process asks the same questions in the same order, and is given the answers that the old
one already had.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Protocol

from postal_bridge.documents.ports import Vault
from postal_bridge.reconciliation.ports import NightWork
from postal_bridge.reconciliation.records import TapedAnswer


class NightStorage(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[NightWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


class NightTape:
    """Answers of one run, in the vault by their hash and in the database by their question.

    Attributes:
        evidence: hashes of all answers of this run in the order in which they were used.
        asked: how many questions were not on the tape and had to be asked.
    """

    def __init__(
        self,
        day: date,
        *,
        storage: NightStorage,
        vault: Vault,
        recorded: Mapping[str, TapedAnswer],
    ) -> None:
        self.evidence: list[str] = []
        self.asked = 0
        self._day = day
        self._storage = storage
        self._vault = vault
        self._recorded = dict(recorded)
        self._times: Counter[str] = Counter()
        self._last = max((answer.number for answer in recorded.values()), default=0)

    async def recall(self, question: str) -> bytes | None:
        """The answer of the earlier process; None when the question has to be asked."""
        self._times[question] += 1
        answer = self._recorded.get(self._name(question))
        if answer is None:
            self.asked += 1
            return None
        try:
            body = await self._vault.fetch(answer.sha256)
        except (KeyError, ValueError):
            # What the vault lost is asked for again: evidence of now is better than none.
            self.asked += 1
            return None
        self.evidence.append(answer.sha256)
        return body

    async def keep(self, question: str, body: bytes) -> None:
        """Keep the body that just answered the question, before anything is made of it."""
        sha256 = await self._vault.keep(body)
        self._last += 1
        answer = TapedAnswer(
            day=self._day, question=self._name(question), number=self._last, sha256=sha256
        )
        async with self._storage.begin() as work:
            await work.nights.add_to_tape(answer)
        self.evidence.append(sha256)

    def _name(self, question: str) -> str:
        """The question with how often it was asked: a list that moved is asked for again."""
        times = self._times[question]
        return hashlib.sha256(f"{times}\n{question}".encode()).hexdigest()
