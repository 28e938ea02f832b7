"""Draws `docs/journey.md` from the tables of `journey.py`, so that the drawing cannot lie.

python -m postal_bridge.drawing            writes the page
python -m postal_bridge.drawing --check    exits with 1 when the page is not current
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from postal_bridge.identity import ROLE_NAMES, Role
from postal_bridge.journey import (
    ACT_NAMES,
    ANYBODY,
    CLOSED_STAGES,
    DOSSIER_MOVES,
    KIND_NAMES,
    MOVES,
    OPEN_STAGES,
    STAGE_NAMES,
    START,
    STATUS_AFTER,
    STATUS_NAMES,
    Act,
    Direction,
    DossierAct,
    HolderAfter,
    Move,
    Stage,
    Status,
)

PAGE = Path(__file__).parent.parent / "docs" / "journey.md"

DIRECTION_NAMES: dict[Direction, tuple[str, str]] = {
    Direction.OUT: ("chiều đi, tới sở, ngành", "out, to the department"),
    Direction.BACK: ("chiều về, tới công dân", "back, to the citizen"),
}
HOLDER_NAMES: dict[HolderAfter, tuple[str, str]] = {
    HolderAfter.DESK: ("quầy", "the desk"),
    HolderAfter.PERSON: ("người nhận", "the person"),
    HolderAfter.POUCH: ("túi niêm phong", "the sealed pouch"),
    HolderAfter.CARRIER: ("người vận chuyển", "the carrier"),
    HolderAfter.CITIZEN: ("công dân", "the citizen"),
    HolderAfter.SAME: ("không đổi", "unchanged"),
}
DOSSIER_ACT_NAMES: dict[DossierAct, tuple[str, str]] = {
    DossierAct.ACCEPT: ("tiếp nhận", "accept"),
    DossierAct.REFUSE: ("từ chối", "refuse"),
    DossierAct.BEGIN: ("bắt đầu xử lý", "begin"),
    DossierAct.ASK_SUPPLEMENT: ("yêu cầu bổ sung", "ask for a supplement"),
    DossierAct.TAKE_SUPPLEMENT: ("nhận bổ sung", "take the supplement"),
    DossierAct.STOP: ("dừng giải quyết", "stop"),
    DossierAct.RESOLVE: ("xử lý xong", "resolve"),
    DossierAct.RETURN: ("trả kết quả", "return"),
}

PREFACE = """\
# Hành trình của hồ sơ · The journey of a dossier

Trang này được vẽ từ các bảng trong [journey.py](../postal_bridge/journey.py) bằng lệnh
`python -m postal_bridge.drawing`; đừng sửa bằng tay, vì `scripts/check` so lại từng dòng.

This page is drawn from the tables in [journey.py](../postal_bridge/journey.py) by
`python -m postal_bridge.drawing`; do not edit it by hand, for `scripts/check` compares every line.
"""


def draw() -> str:
    """The whole page; the same tables always give the same text."""
    parts = [PREFACE]
    for direction in Direction:
        parts += _direction(direction)
    parts += _dossier()
    parts += _names()
    return "\n".join(parts)


def moves_of(direction: Direction) -> list[Move]:
    """The rows of one direction, in the order of the table."""
    return [move for move in MOVES.values() if move.direction is direction]


def _both(names: tuple[str, str]) -> str:
    return " · ".join(names)


def _anywhere(move: Move) -> bool:
    """Whether the move starts at every open stage; an arrow from each would hide the others."""
    return move.before >= OPEN_STAGES


def _in_order(stages: Iterable[Stage | None]) -> list[Stage | None]:
    found = set(stages)
    return [stage for stage in (START, *Stage) if stage in found]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


# --- one direction --------------------------------------------------------------------------------


def _direction(direction: Direction) -> Iterator[str]:
    vietnamese, english = DIRECTION_NAMES[direction]
    yield f"## Bưu gửi {vietnamese} · Items going {english}"
    yield ""
    yield "```mermaid"
    yield from _diagram(direction)
    yield "```"
    yield ""
    head = (
        "hành động · act",
        "từ · from",
        "đến · to",
        "ai · who",
        "sau đó ai giữ · holder afterwards",
        "quét được · by scan",
        "báo tin · notice",
    )
    yield from _table(head, (_row(move) for move in moves_of(direction)))


def _diagram(direction: Direction) -> Iterator[str]:
    arrows = _arrows(direction)
    touched = {stage for arrow in arrows for stage in arrow}
    drawn = [stage for stage in Stage if stage in touched]
    yield "stateDiagram-v2"
    for stage in drawn:
        yield f'    state "{_both(STAGE_NAMES[stage])}" as {stage.value}'
    for (before, after), acts in arrows.items():
        said = ", ".join(f"{ACT_NAMES[act][0]} ({ACT_NAMES[act][1]})" for act in acts)
        yield f"    {before.value if before else '[*]'} --> {after.value} : {said}"
    yield from (f"    {stage.value} --> [*]" for stage in drawn if stage in CLOSED_STAGES)
    for move in filter(_anywhere, moves_of(direction)):
        vietnamese, english = ACT_NAMES[move.act]
        yield f"    note right of {move.after.value}"
        yield f"        {vietnamese}: từ mọi chặng chưa kết thúc"
        yield f"        {english}: from every open stage"
        yield "    end note"


def _arrows(direction: Direction) -> dict[tuple[Stage | None, Stage], list[Act]]:
    arrows: dict[tuple[Stage | None, Stage], list[Act]] = {}
    for move in moves_of(direction):
        for before in () if _anywhere(move) else _in_order(move.before):
            arrows.setdefault((before, move.after), []).append(move.act)
    return arrows


def _row(move: Move) -> Sequence[str]:
    return (
        _both(ACT_NAMES[move.act]),
        _before(move),
        _both(STAGE_NAMES[move.after]),
        _who(move.roles),
        _both(HOLDER_NAMES[move.holder]),
        "có · yes" if move.by_scan else "–",
        f"`{move.notice.value}`" if move.notice else "–",
    )


def _before(move: Move) -> str:
    if _anywhere(move):
        return "mọi chặng chưa kết thúc · every open stage"
    return "<br>".join(
        "(chưa có · not yet there)" if stage is None else _both(STAGE_NAMES[stage])
        for stage in _in_order(move.before)
    )


def _who(roles: frozenset[Role]) -> str:
    if roles == ANYBODY:
        return "ai cũng được · anybody"
    return "<br>".join(f"{ROLE_NAMES[role]} · {role.value}" for role in Role if role in roles)


# --- the dossier ----------------------------------------------------------------------------------


def _dossier() -> Iterator[str]:
    yield "## Trạng thái hồ sơ · Status of the dossier"
    yield ""
    yield from _table(
        ("số · number", "trạng thái · status", "từ trạng thái, do việc · from status, by act"),
        ((str(status.value), _both(STATUS_NAMES[status]), _ways_into(status)) for status in Status),
    )
    yield "Việc trên bưu gửi nào đổi trạng thái · Which act on an item moves the dossier:"
    yield ""
    yield from _table(
        ("bưu gửi · item", "hành động · act", "việc của hồ sơ · act on the dossier"),
        (
            (_both(KIND_NAMES[kind]), _both(ACT_NAMES[act]), _both(DOSSIER_ACT_NAMES[follows]))
            for (kind, act), follows in STATUS_AFTER.items()
        ),
    )


def _ways_into(status: Status) -> str:
    ways = [
        f"{'–' if before is None else before.value}: {_both(DOSSIER_ACT_NAMES[act])}"
        for (before, act), after in DOSSIER_MOVES.items()
        if after is status
    ]
    return "<br>".join(ways) or "chỉ đọc từ hệ thống một cửa · only read from the one-stop system"


# --- the names ------------------------------------------------------------------------------------


def _names() -> Iterator[str]:
    yield "## Tên gọi · Names"
    yield ""
    yield "Mã trong bảng là chữ đi qua API · The codes are what goes over the API."
    yield ""
    codes = "mã · code"
    yield from _table(
        ("chặng · stage", codes),
        ((_both(STAGE_NAMES[stage]), f"`{stage.value}`") for stage in Stage),
    )
    yield from _table(
        ("hành động · act", codes), ((_both(ACT_NAMES[act]), f"`{act.value}`") for act in Act)
    )
    yield from _table(
        ("bưu gửi · item", codes),
        ((_both(names), f"`{kind.value}`") for kind, names in KIND_NAMES.items()),
    )


def run(arguments: Sequence[str], *, page: Path = PAGE) -> int:
    """Write the page, or with `--check` say whether it is current; gives the exit code."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    drawn = draw()
    if not arguments:
        page.write_text(drawn, encoding="utf-8")
        return 0
    if page.is_file() and page.read_text(encoding="utf-8") == drawn:
        return 0
    print(
        f"{page.name} không còn khớp với journey.py; hãy chạy: python -m postal_bridge.drawing\n"
        f"{page.name} is not current; run: python -m postal_bridge.drawing",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
