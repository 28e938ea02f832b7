"""A worker of its own process: claims messages until none is left, and prints which it had.

Started by test_queue_store.py as `python -m tests.doors.storage.claiming_worker URL QUEUE HOW`.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta

from tests.stores import opened

NOW = datetime(2019, 1, 10, 2, tzinfo=UTC)
LEASE = timedelta(minutes=5)


async def claim_all(url: str, queue: str, *, hang: bool) -> None:
    mine: list[int] = []
    async with opened(url) as storage:
        while True:
            async with storage.begin() as work:
                claimed = await (work.outbox if queue == "outbox" else work.inbox).claim(
                    topics=["notice"], owner="worker", now=NOW, until=NOW + LEASE, limit=7
                )
            mine += [message.id for message in claimed]
            if hang or not claimed:
                break
    print(json.dumps(mine), flush=True)  # noqa: T201 - this is how it answers the test
    if hang:
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(claim_all(sys.argv[1], sys.argv[2], hang=sys.argv[3] == "hang"))
