"""The store of staff, sessions, answers, refused requests and looks."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text

from postal_bridge.inbound import AnsweredRequest, Look, RefusedRequest, SignIn, Staff
from postal_bridge.storage.rows import Rows, records
from postal_bridge.storage.tables import (
    AnsweredRequestRow,
    LookRow,
    RefusedRequestRow,
    SignInRow,
    StaffRow,
)


class InboundStore:
    """Where the doors keep what was asked of them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def staff(self, username: str) -> Staff | None:
        """The member of staff, or nobody."""
        return await self._rows.one(Staff, StaffRow, username=username)

    async def save_staff(self, staff: Staff) -> None:
        """Write or renew a member of staff."""
        await self._rows.put(StaffRow, staff)

    async def all_staff(self) -> Sequence[Staff]:
        """Everybody, by user name."""
        table = self._rows.table(StaffRow)
        return await self._rows.all(Staff, select(table).order_by(table.c.username))

    async def open_sign_in(self, sign_in: SignIn) -> None:
        """Write a new session."""
        await self._rows.add(SignInRow, [sign_in])

    async def sign_in(self, token_hash: str) -> tuple[SignIn, Staff] | None:
        """The session behind a token's hash, with its member of staff."""
        sign_ins, staff = self._rows.table(SignInRow), self._rows.table(StaffRow)
        statement = (
            select(*sign_ins.c, *(column for column in staff.c if column.name != "username"))
            .join(staff, staff.c.username == sign_ins.c.username)
            .where(sign_ins.c.token_hash == token_hash)
        )
        found = (await self._rows.execute(statement)).freeze()
        both = zip(records(SignIn, found()), records(Staff, found()), strict=True)
        return next(both, None)

    async def end_sign_in(self, sign_in_id: str, *, at: datetime) -> None:
        """End a session; ending it twice is no harm."""
        await self._rows.change(SignInRow, {"id": sign_in_id, "ended_at": None}, ended_at=at)

    async def begin_answer(self, username: str, key: str) -> bool:
        """Take the key for this transaction; False while another transaction has it."""
        if self._rows.is_sqlite:
            return True
        taken = await self._rows.execute(
            text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"{username}\n{key}"},
        )
        return bool(taken.scalar_one())

    async def answered(self, username: str, key: str) -> AnsweredRequest | None:
        """The answer that was given under this key."""
        return await self._rows.one(AnsweredRequest, AnsweredRequestRow, username=username, key=key)

    async def keep_answer(self, answer: AnsweredRequest) -> None:
        """Keep an answer in the transaction of its effect."""
        await self._rows.add(AnsweredRequestRow, [answer])

    async def keep_refused(self, refused: RefusedRequest) -> None:
        """Keep what was not taken."""
        await self._rows.add(RefusedRequestRow, [refused])

    async def refused_requests(self, *, limit: int, after: str | None) -> Sequence[RefusedRequest]:
        """What was not taken, newest first; `after` is the id of the last one seen."""
        table = self._rows.table(RefusedRequestRow)
        statement = select(table).order_by(table.c.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(table.c.id < after)
        return await self._rows.all(RefusedRequest, statement)

    async def keep_look(self, look: Look) -> None:
        """Record who looked at whose data."""
        await self._rows.add(LookRow, [look])
