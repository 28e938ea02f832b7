"""Sixty-four bits that stand for a dossier, the same on both sides, in every release and engine.

What is written here is all there is to them, so that anybody can compute them again:

- key digest: XXH3-64 (seed 0) of the code in UTF-8, as a signed number;
- row digest: begins with XXH3-64 (seed 1) of the code in UTF-8; then each compared field in the
  order of `COMPARED` is folded in: `h = h ^ value`, `h = h * 0x9E3779B97F4A7C15`, `h = h ^ h >> 32`,
  `h = h * 0xBF58476D1CE4E5B9`, `h = h ^ h >> 29`, all modulo 2**64; the result as a signed number.
  The value of a text is XXH3-64 (seed 0) of it in UTF-8, of a number the number, of a local day the
  days since 1 January 1970 in Vietnam, of a day that is not told -2**63.

Each step maps different `h` to different `h`. So two rows of one code that differ in one number or
one day never have the same row digest; where they differ in more, or in a text, the odds are one
in 2**64. Fees are not in it, because a fee that the other side does not tell differs from none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from postal_bridge.clock import local_day

Digest = Callable[[bytes], bytes]
"""Eight bytes, the highest first, for the bytes of a code."""

Numbers = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]

COMPARED = (
    "status",
    "agency",
    "procedure_code",
    "channel",
    "return_mode",
    "received_day",
    "promised_day",
    "strange",
)
"""What the row digest is over, besides the code; ours is never strange."""

NO_DAY = -(2**63)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_LOCAL_OFFSET = 7 * 3_600_000_000
_ONE_OFFSET_SINCE = (datetime(1976, 1, 1, tzinfo=UTC) - EPOCH) // _MICROSECOND
"""Vietnam has kept UTC+7 since 13 June 1975; what lies before is asked of the calendar."""

_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_HALF, _THIRD = np.uint64(32), np.uint64(29)

_FLOAT_TELLS = 2.0**32

key_digest: Digest = xxhash.xxh3_64_digest
_row_seed: Digest = partial(xxhash.xxh3_64_digest, seed=1)


def signed(digests: Iterable[bytes]) -> Numbers:
    """Digests as signed numbers, in their order."""
    return np.frombuffer(b"".join(digests), dtype=">i8").astype(np.int64)


def row_digests(codes: Sequence[bytes], fields: Mapping[str, Numbers]) -> Numbers:
    """The row digests of some rows, each column in the order of the codes.

    Args:
        codes: in UTF-8.
        fields: the values of all `COMPARED`.
    """
    found = signed(map(_row_seed, codes)).view(np.uint64)
    for name in COMPARED:
        found = folded(found, fields[name])
    return found.view(np.int64)


def folded(found: Bits, values: Numbers) -> Bits:
    """Some digests after one more value was folded into each."""
    found = found ^ values.view(np.uint64)
    found *= _FIRST
    found ^= found >> _HALF
    found *= _SECOND
    found ^= found >> _THIRD
    return found


def text_values(texts: pa.DictionaryArray, meaning: Mapping[str, str]) -> Numbers:
    """The values of texts, each read as what it means, where `meaning` knows it."""
    words = texts.dictionary.to_pylist()
    values = signed(key_digest(meaning.get(word, word).encode()) for word in words)
    found: Numbers = values[texts.indices.to_numpy(zero_copy_only=False)]
    return found


def microseconds(moments: Sequence[datetime | None]) -> pa.Int64Array:
    """Aware moments as microseconds since 1970 in UTC."""
    try:
        seconds = np.fromiter(map(datetime.timestamp, moments), np.float64, len(moments))  # type: ignore[arg-type]
    except TypeError:  # one of them is none
        seconds = np.array([np.inf])
    # A float tells microseconds apart for two hundred years and more around 1970, and takes half
    # the time.
    if not len(seconds) or np.abs(seconds).max() > _FLOAT_TELLS:
        return pa.array(moments, type=pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return pa.array(np.rint(seconds * 1e6).astype(np.int64))


def local_days(moments: pa.Int64Array) -> Numbers:
    """The local days of moments; `NO_DAY` where there is none."""
    known = moments.fill_null(_ONE_OFFSET_SINCE).to_numpy()
    days: Numbers = (known + _LOCAL_OFFSET) // _DAY
    for index in np.flatnonzero(known < _ONE_OFFSET_SINCE):
        days[index] = _calendar_day(EPOCH + int(known[index]) * _MICROSECOND)
    if moments.null_count:
        days[moments.is_null().to_numpy(zero_copy_only=False)] = NO_DAY
    return days


def one_text(text: str, rows: int) -> Numbers:
    """The value of a text that all rows have."""
    return signed([key_digest(text.encode())]).repeat(rows)


def _calendar_day(moment: datetime) -> int:
    return (local_day(moment) - date(1970, 1, 1)).days
