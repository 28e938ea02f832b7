"""Where two snapshots may differ, told by their files' metadata before a single row is read.

The key digests are cut into buckets of one size by their first bits, about eight rows in each. A
bucket's mark is the sum, modulo 2**64, of one number for each of its rows: the row digest, the
fee and the key digest folded together (`digests.folded`; a fee that is not told is -2**63). So:

- Two buckets whose rows differ have one mark in 2**64 cases once. Each number is folded twice
  more for that: the step that was last in the row digest leaves a difference in the highest bit
  too plain, and two rows that change in opposite ways could cancel each other.
- A sum, because what comes twice would not be in an exclusive or.
- Rows that come twice on both sides are no difference to a sum, so buckets that hold a key digest
  more than once are told beside the marks.
- A fee that one side does not tell makes marks differ where dossiers may not. That costs time
  and hides nothing: whoever seeks, looks at the rows of every bucket that is not the same.
"""

import binascii
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from postal_bridge.errors import Accident
from postal_bridge.snapshots.digests import Bits, Numbers, folded

Chosen = npt.NDArray[np.bool_]

ROWS_A_BUCKET = 8
FINEST = 20
"""So many first bits at most: eight megabytes of marks."""
NO_FEE = -(2**63)

_KEY_BITS = 64
_SUMS, _DOUBLED = b"postal_bridge.marks", b"postal_bridge.doubled"


class SnapshotDamaged(Accident):
    """The files of a comparison do not fit together; the night is simply run again."""

    retryable = True


def bucket_numbers(keys: Numbers, bits: int) -> Numbers:
    """The bucket of each key digest; from 0, where the lowest are."""
    found: Numbers = (keys >> (_KEY_BITS - bits)) + 2 ** (bits - 1)
    return found


@dataclass(frozen=True)
class Marks:
    """What a file tells of its buckets, the one with the lowest key digests first.

    Attributes:
        sums: a mark of each bucket.
        doubled: whether it holds a key digest more than once.
    """

    sums: Bits
    doubled: Chosen

    @property
    def bits(self) -> int:
        """How many first bits of a key digest name its bucket."""
        return len(self.sums).bit_length() - 1

    def coarser(self, bits: int) -> "Marks":
        """The marks of larger buckets."""
        sums, doubled = (each.reshape(2**bits, -1) for each in (self.sums, self.doubled))
        return Marks(np.add.reduce(sums, axis=1), np.logical_or.reduce(doubled, axis=1))

    def metadata(self) -> dict[bytes, bytes]:
        """As it stands in the file: in Base64, because metadata are texts."""
        sums, doubled = self.sums.astype("<u8").tobytes(), np.packbits(self.doubled).tobytes()
        return {
            _SUMS: binascii.b2a_base64(sums, newline=False),
            _DOUBLED: binascii.b2a_base64(doubled, newline=False),
        }


def marks_of(path: Path) -> Marks:
    """What a file tells of its buckets.

    Raises:
        SnapshotDamaged: nothing; another release wrote it.
    """
    told = pq.read_metadata(path).metadata or {}
    if not {_SUMS, _DOUBLED} <= told.keys():
        msg = f"{path.name} has no marks"
        raise SnapshotDamaged(msg)
    sums = np.frombuffer(binascii.a2b_base64(told[_SUMS]), dtype="<u8").astype(np.uint64)
    doubled = np.frombuffer(binascii.a2b_base64(told[_DOUBLED]), dtype=np.uint8)
    return Marks(sums, np.unpackbits(doubled, count=len(sums)).astype(np.bool_))


class Marking:
    """Gathers marks while a file is written; holds eight bytes a row until then."""

    def __init__(self) -> None:
        """No rows yet."""
        self._sums = np.zeros(2**FINEST, dtype=np.uint64)
        self._keys = bytearray()

    def add(self, key: pa.Int64Array, row: pa.Int64Array, fee: pa.Int64Array) -> None:
        """Take the digests of some more rows."""
        keys: Numbers = key.to_numpy()
        numbers = folded(row.to_numpy().view(np.uint64), fee.fill_null(NO_FEE).to_numpy())
        np.add.at(self._sums, bucket_numbers(keys, FINEST), folded(numbers, keys))
        self._keys += keys.tobytes()

    def finished(self) -> Marks:
        """The marks of all rows, in buckets that fit their number."""
        keys = np.frombuffer(self._keys, dtype=np.int64)
        keys.sort()
        doubled = np.zeros(2**FINEST, dtype=np.bool_)
        doubled[bucket_numbers(keys[1:][keys[1:] == keys[:-1]], FINEST)] = True
        bits = (len(keys) // ROWS_A_BUCKET).bit_length()
        return Marks(self._sums, doubled).coarser(min(FINEST, max(1, bits)))
