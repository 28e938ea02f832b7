"""How people in Vietnam write addresses: letters, abbreviations, house numbers, levels, hamlets.

Rules only: no list of places stands here. An address is cut into pieces (at commas and the like)
and these into words; each word knows whether it says a level (`p.`, `xã`, `tp`), belongs to a house
number, or begins the name of a street or a hamlet, which is no ward's name whatever it sounds like.

Two spellings are the same word where only accents, capitals, the place of a tone mark (`Hoà`,
`Hòa`) or `i` for `y` (`Quí`, `Quý`) differ. Accents are kept beside, to tell `Phú` from `Phù`.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What a word says about the name that follows it."""

    COMMUNE = "xã"
    WARD = "phường"
    TOWN = "thị trấn"
    ZONE = "đặc khu"
    RURAL_DISTRICT = "huyện"
    URBAN_DISTRICT = "quận"
    BOROUGH = "thị xã"
    CITY = "thành phố"
    PROVINCE = "tỉnh"
    BELOW = "thôn"  # hamlets, quarters, streets, numbers: everything below a ward


WARDS = frozenset({Level.COMMUNE, Level.WARD, Level.TOWN, Level.ZONE})
DISTRICTS = frozenset({Level.RURAL_DISTRICT, Level.URBAN_DISTRICT, Level.BOROUGH, Level.CITY})
PROVINCES = frozenset({Level.PROVINCE, Level.CITY})

_LEVELS: dict[tuple[str, ...], Level] = {
    ("x",): Level.COMMUNE,
    ("xa",): Level.COMMUNE,
    ("p",): Level.WARD,
    ("f",): Level.WARD,  # as the South wrote it, from French typewriters on
    ("ph",): Level.WARD,
    ("phuong",): Level.WARD,
    ("tt",): Level.TOWN,
    ("thi", "tran"): Level.TOWN,
    ("dk",): Level.ZONE,
    ("dac", "khu"): Level.ZONE,
    ("h",): Level.RURAL_DISTRICT,
    ("huyen",): Level.RURAL_DISTRICT,
    ("huyen", "dao"): Level.RURAL_DISTRICT,
    ("q",): Level.URBAN_DISTRICT,
    ("quan",): Level.URBAN_DISTRICT,
    ("tx",): Level.BOROUGH,
    ("thi", "xa"): Level.BOROUGH,
    ("tp",): Level.CITY,
    ("t", "p"): Level.CITY,
    ("thanh", "pho"): Level.CITY,
    ("t",): Level.PROVINCE,
    ("tinh",): Level.PROVINCE,
}

_BELOW = frozenset(
    [
        "thon",
        "ban",
        "khu",
        "khom",
        "ap",
        "to",
        "xom",
        "khoi",
        "buon",
        "lang",
        "tdp",
        "kp",
        "kdc",
        "ktt",
        "kcn",
        "sn",
        "so",
        "duong",
        "pho",
        "ngo",
        "ngach",
        "hem",
        "kiet",
        "ql",
        "tl",
        "dt",
        "doi",
        "cum",
        "lo",
        "day",
        "toa",
        "chung",
        "block",
        "soc",
        "phum",
        "plei",
        "lk",
        "bt",
        "nha",
        "dai",
        "ngo",
        "cho",
        "cau",
        "cong",
        "truong",
        "benh",
        "nga",
    ]
)
"""First words of what lies below a ward. Some begin wards' names, too (Khu Phố Châu): who looks for
a ward there says which one."""

_WORD = re.compile(r"\d+[\w/.-]*\w|[^\W_]+(?:['’][^\W_]+)*(?:/[\w/]+)?")
_PIECES = re.compile(r"[,;\n\r|()\[\]]+")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_GLUED = re.compile(r"(p|f|q|tp|tx|tt|quan|phuong)\.?0*(\d{1,2})")
_FOLDED_Y = re.compile(r"(?<=[bcdghklmnpqrstvx])y|(?<=qu)y")
_SHORT_FOR = str.maketrans({"f": "ph", "j": "gi", "w": "qu", "z": "d"})
_TONES = {"\u0300": "2", "\u0301": "1", "\u0309": "3", "\u0303": "4", "\u0323": "5"}
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Word:
    """One word of an address.

    Attributes:
        written: as it stands there.
        plain: small letters without accents; a number without leading zeros.
        accents: its letters and its tone, in one spelling; equal to `plain` where it has none.
        piece: number of the piece it belongs to, from 0.
        opens: it is the first one of its piece.
        dashed: a dash stands before it, inside the piece.
    """

    written: str
    plain: str
    accents: str
    piece: int
    opens: bool
    dashed: bool = False

    @property
    def numeral(self) -> bool:
        """Whether it is a number, with or without a letter or a slash: `12`, `15/2`, `C5/12`."""
        return any(letter.isdigit() for letter in self.plain)


def plain(text: str) -> str:
    """Small letters without accents: `Đông Kinh` is `dong kinh`."""
    apart = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def accents(text: str) -> str:
    """Letters with their hats, and the tone at the end of each word: `Hoà` and `Hòa` are `hoa2`."""
    return " ".join(_accents(word) for word in text.split())


def _accents(word: str) -> str:
    tone, letters = "", []
    for letter in unicodedata.normalize("NFD", word.lower()):
        if letter in _TONES:
            tone = _TONES[letter]
        else:
            letters.append(letter)
    return unicodedata.normalize("NFC", "".join(letters)) + tone


def key(text: str) -> str:
    """By what names are compared: plain, without blanks, `i` for `y` after a consonant."""
    return folded("".join(_WORD.findall(plain(text))))


def folded(letters: str) -> str:
    """`quyhoa` is `quihoa`; `tay` stays, since it is another sound than `tai`.

    The alphabet has no f, j, w and z: whoever types them writes short for the sound.
    """
    letters = letters.translate(_SHORT_FOR)
    return _FOLDED_Y.sub("i", letters) if "y" in letters else letters


def words(text: str) -> tuple[Word, ...]:
    """The words of an address; what stands in brackets is left out."""
    found: list[Word] = []
    cut = _ASIDE.sub(",", unicodedata.normalize("NFC", text[:_LONGEST_TEXT]))
    pieces = (piece for piece in _PIECES.split(cut) if piece.strip())
    for number, piece in enumerate(pieces):
        opens, end = True, 0
        for match in _WORD.finditer(piece):
            dashed = not opens and "-" in piece[end : match.start()]
            end = match.end()
            for written, low in _parted(match[0]):
                found.append(_word(written, low, number, opens=opens, dashed=dashed))
                opens = dashed = False
    return tuple(found)


def _parted(written: str) -> list[tuple[str, str]]:
    """`P2` is `P` and `2`; all others stay whole."""
    low = plain(written)
    glued = _GLUED.fullmatch(low)
    if glued is None:
        return [(written, low)]
    return [(written[: len(glued[1])], glued[1]), (glued[2], glued[2])]


def _word(written: str, low: str, piece: int, *, opens: bool, dashed: bool) -> Word:
    low = low.lstrip("0") or low if low.isdecimal() else low
    accented = low if written.isascii() else _accents(written)
    return Word(written, low, accented, piece, opens, dashed)


def level_at(given: tuple[Word, ...], start: int) -> tuple[Level, int] | None:
    """The level that is said at a word, and how many words say it."""
    if start + 1 < len(given) and not given[start + 1].opens:
        two = _LEVELS.get((given[start].plain, given[start + 1].plain))
        if two is not None:
            return two, 2
    one = _LEVELS.get((given[start].plain,))
    return None if one is None or _another(given[start], one) else (one, 1)


def _another(word: Word, level: Level) -> bool:
    """Whether a word with accents says something else: `xá`, `tình`."""
    return not word.written.isascii() and word.accents != _accents(level.value)


def begins_below(word: Word) -> bool:
    """Whether the word begins a hamlet, a quarter, a street or a house number."""
    return word.numeral or word.plain in _BELOW


def normalised(text: str) -> str:
    """By what corrections are kept: the same address, however it was typed.

    Plain letters, abbreviations of levels written out, single blanks, commas between the pieces.
    """
    given = words(text)
    shown: list[str] = []
    index = 0
    while index < len(given):
        word, said = given[index], level_at(given, index)
        if word.opens and shown:
            shown.append(",")
        shown.append(word.plain if said is None else plain(said[0].value))
        index += 1 if said is None else said[1]
    return " ".join(shown).replace(" ,", ",")


def misspelt(one: str, other: str, *, most: int) -> int | None:
    """How many typing errors apart two keys are; none where it is more than `most`.

    An error is a letter too many, too few, another one, or two neighbours swapped.
    """
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, start=1):
        further, before, row = before, row, [index]
        for column, against in enumerate(other, start=1):
            cost = before[column - 1] + (letter != against)
            cost = min(cost, before[column] + 1, row[column - 1] + 1)
            if index > 1 < column and (letter, one[index - 2]) == (other[column - 2], against):
                cost = min(cost, further[column - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
