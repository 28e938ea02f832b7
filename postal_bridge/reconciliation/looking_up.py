"""The second look: whatever differs on the lists is looked up once more, on both sides.

Lists take minutes to read and dossiers move meanwhile, and a dossier received at 23:59:59 here
and at 00:00:00 there lies in two windows. Nobody is accused on a list's word alone, as far as the
number of look-ups allows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from postal_bridge.dossiers.records import CODE_LENGTH
from postal_bridge.reconciliation.comparison import NOT_TAKEN_IN, Elsewhere
from postal_bridge.reconciliation.ports import (
    OneStop,
    OneStopAmbiguous,
    OneStopRefused,
    OneStopUnavailable,
    Suspects,
)
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from postal_bridge.reconciliation.tape import NightStorage

MOST_UNANSWERED = 3
"""One dossier on which the other side stumbles each time must not end every night; more of them
mean that it is not well, and the night is tried again."""

_NO_LETTER = "\N{REPLACEMENT CHARACTER}"

Progress = Callable[[int, int], None]
"""Codes that were looked up, and how many there are."""


@dataclass(frozen=True)
class SecondLook:
    """Both sides' dossiers as they are now.

    Attributes:
        ours, theirs: what is judged: of each code that was looked up what the look-up brought, of
            all others what the lists have.
        elsewhere: what single look-ups brought beyond the compared days.
    """

    ours: list[OurDossier]
    theirs: list[OneStopDossier]
    elsewhere: Elsewhere


@dataclass
class _Found:
    theirs: dict[str, OneStopDossier] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    ambiguous: dict[str, str] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)


async def look_again(
    suspects: Suspects,
    carried: Sequence[str],
    *,
    onestop: OneStop,
    storage: NightStorage,
    most: int,
    progress: Progress = lambda _done, _total: None,
) -> SecondLook:
    """Look the suspects up, and the dossiers of older cases, which may have been mended since.

    Args:
        suspects: what differs on the lists.
        carried: codes of open cases that the lists say nothing about.
        onestop: the other side, asked for each code.
        storage: our side, asked for all codes at once.
        most: so many codes are asked for on the other side; those on one list only come first.
        progress: is told after each of them.
    """
    only_ours, only_theirs = one_sided(suspects.ours, suspects.theirs)
    wanted, not_asked = _what_to_ask(suspects, carried, most=most)
    found = await _ask(wanted, onestop, progress)
    wanted = [code for code in wanted if code not in found.unanswered]
    not_asked |= found.unanswered
    async with storage.begin(write=False) as work:
        # An older case's code is asked for on both sides or on neither: half an answer about it
        # would look like a missing dossier.
        codes = {one.code for one in suspects.ours} | {row.code for row in suspects.theirs}
        codes.update(wanted)
        ours = {one.code: one for one in await work.nights.our_dossiers(sorted(codes))}
    doubled = _doubled(suspects.theirs)
    listed_here = {one.code for one in suspects.ours}
    listed_there = {row.code for row in suspects.theirs}
    elsewhere = Elsewhere(
        ours={code: one for code, one in ours.items() if code not in listed_here},
        theirs={code: row for code, row in found.theirs.items() if code not in listed_there},
        ambiguous=found.ambiguous,
        asked=frozenset(wanted) | frozenset(only_theirs),
        not_asked=frozenset(not_asked & {*only_ours}),
    )
    return SecondLook(
        ours=[ours.get(one.code, one) for one in suspects.ours],
        theirs=[
            row if row.code in doubled else found.theirs.get(row.code, row)
            for row in suspects.theirs
            if row.code in doubled or row.code not in found.gone
        ],
        elsewhere=elsewhere,
    )


def one_sided(
    ours: Iterable[OurDossier], theirs: Iterable[OneStopDossier]
) -> tuple[list[str], list[str]]:
    """Codes that only we list, and codes that only they list; both in order, to be looked up."""
    here = {one.code: one.status for one in ours}
    there = {row.code for row in theirs}
    only_ours = [code for code in sorted(here.keys() - there) if here[code] not in NOT_TAKEN_IN]
    return only_ours, sorted(there - here.keys())


def _doubled(theirs: Iterable[OneStopDossier]) -> frozenset[str]:
    """Codes that come twice: a single look-up would be refused, and the list says it already."""
    times = Counter(row.code for row in theirs)
    return frozenset(code for code, number in times.items() if number > 1)


def _what_to_ask(
    suspects: Suspects, carried: Sequence[str], *, most: int
) -> tuple[list[str], set[str]]:
    """Codes to look up on the other side, and those for which there was no room.

    First those that only we list, then those that differ, then those of older cases.
    """
    only_ours, _ = one_sided(suspects.ours, suspects.theirs)
    doubled = _doubled(suspects.theirs)
    listed = {row.code for row in suspects.theirs}
    # Nobody finds a row without code, or a code by the letters it has lost: the list's word stands.
    differing = sorted(code for code in listed - doubled if code and _NO_LETTER not in code)
    # A code as long as a case can keep may be a shortened one, which nobody could find.
    known = {one.code for one in suspects.ours} | listed
    older = sorted({code for code in carried if len(code) < CODE_LENGTH} - known)
    wanted = list(dict.fromkeys([*only_ours, *differing, *older]))
    return wanted[:most], set(wanted[most:])


async def _ask(codes: Sequence[str], onestop: OneStop, progress: Progress) -> _Found:
    """Ask the other side for single codes.

    Where two dossiers answer to a code that is a finding. No answer that can be used about a few
    codes leaves these with the list's word: a page for people in the place of one dossier says
    nothing of it. `check` raises where nothing works at all.

    Raises:
        OneStopUnavailable, OneStopRefused: more than `MOST_UNANSWERED` codes had no answer, or
            nothing works.
    """
    found = _Found()
    for number, code in enumerate(codes, start=1):
        try:
            row = await onestop.find(code)
        except OneStopAmbiguous as ambiguous:
            found.ambiguous[code] = str(ambiguous)
            continue
        except (OneStopUnavailable, OneStopRefused):
            if len(found.unanswered) == MOST_UNANSWERED:
                raise
            await onestop.check()
            found.unanswered.add(code)
            continue
        if row is None:
            found.gone.add(code)
        else:
            found.theirs[code] = row
        progress(number, len(codes))
    return found
