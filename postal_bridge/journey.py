"""The floor plan: stages, acts and legal moves of an item, and of the dossier it belongs to.

Everything that needs to know what may follow what reads these tables: the use cases, the API's
answers, the tests, and `docs/journey.md`, which `drawing.py` draws from them.

An item travels in one direction only. Papers that citizens hand in go *out* to the department;
what the department issues comes *back*. Each act has exactly one stage that it leads to, per
direction: that is what makes the position a fold that does not depend on the order in which
scans arrive (docs/adr/0005).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from postal_bridge.identity import Role


class Direction(StrEnum):
    """Which way an item travels."""

    OUT = "out"
    BACK = "back"


class ItemKind(StrEnum):
    """What a barcode stands for."""

    APPLICATION = "application"
    SUPPLEMENT = "supplement"
    RESULT = "result"
    SUPPLEMENT_REQUEST = "supplement_request"
    STOP_NOTICE = "stop_notice"


DIRECTION_OF: dict[ItemKind, Direction] = {
    ItemKind.APPLICATION: Direction.OUT,
    ItemKind.SUPPLEMENT: Direction.OUT,
    ItemKind.RESULT: Direction.BACK,
    ItemKind.SUPPLEMENT_REQUEST: Direction.BACK,
    ItemKind.STOP_NOTICE: Direction.BACK,
}


class Stage(StrEnum):
    """Where an item is in its journey."""

    COUNTER = "counter"
    DIGITISED = "digitised"
    ISSUED = "issued"
    PACKED = "packed"
    POUCH = "pouch"
    TRANSFER = "transfer"
    DEPARTMENT = "department"
    DESK = "desk"
    DELIVERY = "delivery"
    MISSING = "missing"
    RETAINED = "retained"
    RETURNED = "returned"


class Act(StrEnum):
    """What somebody does to an item."""

    RECEIVE = "receive"
    DIGITISE = "digitise"
    ISSUE = "issue"
    PACK = "pack"
    UNPACK = "unpack"
    SEAL = "seal"
    LOAD = "load"
    ARRIVE = "arrive"
    ACCEPT = "accept"
    TAKE_UP = "take_up"
    HAND_BACK = "hand_back"
    SEND_OUT = "send_out"
    FAIL = "fail"
    BRING_BACK = "bring_back"
    DELIVER = "deliver"
    RETURN = "return"
    RETAIN = "retain"
    MISS = "miss"
    FIND = "find"
    CORRECT = "correct"
    AMEND = "amend"


class HolderAfter(StrEnum):
    """Who answers for the item once the act is done."""

    DESK = "desk"
    PERSON = "person"
    POUCH = "pouch"
    CARRIER = "carrier"
    CITIZEN = "citizen"
    SAME = "same"


class Notice(StrEnum):
    """What a citizen is told when an act happens; the outbox carries it."""

    RECEIVED = "dossier-received"
    SUPPLEMENT_WANTED = "supplement-wanted"
    STOPPED = "dossier-stopped"
    POSTPONED = "result-postponed"
    RESULT_READY = "result-ready"
    ON_ITS_WAY = "result-on-its-way"
    NOT_DELIVERED = "result-not-delivered"
    RETURNED = "result-returned"


START = None
"""The stage of an item that does not exist yet."""

OPEN_STAGES = frozenset(Stage) - {Stage.RETAINED, Stage.RETURNED}
CLOSED_STAGES = frozenset({Stage.RETAINED, Stage.RETURNED})

CLERKS = frozenset({Role.CLERK, Role.OFFICER, Role.SUPERVISOR})
COURIERS = frozenset({Role.COURIER, Role.SUPERVISOR})
DEPARTMENTS = frozenset({Role.DEPARTMENT, Role.SUPERVISOR})
SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
ANYBODY = frozenset(Role)


@dataclass(frozen=True)
class Move:
    """One row of the table.

    Attributes:
        before: stages from which the move is the usual one. A command is refused elsewhere; a
            scan that a handheld brings from offline is taken from any open stage and marked
            irregular, because the scan that should have come before may still be on its way.
        by_scan: whether a handheld may report it through `POST /scans`.
    """

    act: Act
    direction: Direction
    before: frozenset[Stage | None]
    after: Stage
    roles: frozenset[Role]
    holder: HolderAfter
    by_scan: bool = False
    notice: Notice | None = None

    @property
    def closes(self) -> bool:
        """Whether the item's journey ends with this move."""
        return self.after in CLOSED_STAGES


def _from(*stages: Stage | None) -> frozenset[Stage | None]:
    return frozenset(stages)


_O, _B = Direction.OUT, Direction.BACK
_S, _A, _H = Stage, Act, HolderAfter

# fmt: off
_OUT_MOVES = (
    Move(_A.RECEIVE, _O, _from(START), _S.COUNTER, CLERKS, _H.DESK, notice=Notice.RECEIVED),
    Move(_A.DIGITISE, _O, _from(_S.COUNTER, _S.DIGITISED), _S.DIGITISED, CLERKS, _H.SAME),
    Move(_A.PACK, _O, _from(_S.COUNTER, _S.DIGITISED), _S.PACKED, CLERKS, _H.SAME, by_scan=True),
    Move(_A.UNPACK, _O, _from(_S.PACKED), _S.DIGITISED, CLERKS, _H.DESK, by_scan=True),
    Move(_A.SEAL, _O, _from(_S.PACKED), _S.POUCH, CLERKS, _H.POUCH),
    Move(_A.LOAD, _O, _from(_S.POUCH, _S.DIGITISED, _S.TRANSFER), _S.TRANSFER, COURIERS, _H.PERSON,
         by_scan=True),
    Move(_A.ARRIVE, _O, _from(_S.TRANSFER), _S.TRANSFER, COURIERS, _H.SAME, by_scan=True),
    Move(_A.ACCEPT, _O, _from(_S.TRANSFER, _S.MISSING), _S.DEPARTMENT, DEPARTMENTS, _H.DESK),
    Move(_A.TAKE_UP, _O, _from(_S.COUNTER, _S.DIGITISED), _S.DEPARTMENT, DEPARTMENTS, _H.DESK,
         by_scan=True),
    Move(_A.RETAIN, _O, _from(_S.DEPARTMENT), _S.RETAINED, DEPARTMENTS, _H.DESK),
    Move(_A.MISS, _O, OPEN_STAGES, _S.MISSING, ANYBODY, _H.SAME),
    Move(_A.FIND, _O, _from(_S.MISSING), _S.DIGITISED, ANYBODY, _H.DESK),
)
_BACK_MOVES = (
    Move(_A.ISSUE, _B, _from(START), _S.ISSUED, DEPARTMENTS, _H.DESK),
    Move(_A.PACK, _B, _from(_S.ISSUED), _S.PACKED, DEPARTMENTS | CLERKS, _H.SAME, by_scan=True),
    Move(_A.UNPACK, _B, _from(_S.PACKED), _S.ISSUED, DEPARTMENTS | CLERKS, _H.DESK, by_scan=True),
    Move(_A.SEAL, _B, _from(_S.PACKED), _S.POUCH, DEPARTMENTS | CLERKS, _H.POUCH),
    Move(_A.LOAD, _B, _from(_S.POUCH, _S.ISSUED, _S.TRANSFER), _S.TRANSFER, COURIERS, _H.PERSON,
         by_scan=True),
    Move(_A.ARRIVE, _B, _from(_S.TRANSFER), _S.TRANSFER, COURIERS, _H.SAME, by_scan=True),
    Move(_A.ACCEPT, _B, _from(_S.TRANSFER, _S.MISSING), _S.DESK, CLERKS, _H.DESK,
         notice=Notice.RESULT_READY),
    Move(_A.HAND_BACK, _B, _from(_S.ISSUED), _S.DESK, CLERKS, _H.DESK, by_scan=True,
         notice=Notice.RESULT_READY),
    Move(_A.SEND_OUT, _B, _from(_S.DESK), _S.DELIVERY, COURIERS | CLERKS, _H.CARRIER,
         notice=Notice.ON_ITS_WAY),
    Move(_A.FAIL, _B, _from(_S.DELIVERY), _S.DELIVERY, COURIERS, _H.SAME, by_scan=True,
         notice=Notice.NOT_DELIVERED),
    Move(_A.BRING_BACK, _B, _from(_S.DELIVERY), _S.DESK, COURIERS | CLERKS, _H.DESK, by_scan=True),
    Move(_A.DELIVER, _B, _from(_S.DELIVERY), _S.RETURNED, COURIERS, _H.CITIZEN, by_scan=True,
         notice=Notice.RETURNED),
    Move(_A.RETURN, _B, _from(_S.DESK), _S.RETURNED, CLERKS, _H.CITIZEN, notice=Notice.RETURNED),
    Move(_A.MISS, _B, OPEN_STAGES, _S.MISSING, ANYBODY, _H.SAME),
    Move(_A.FIND, _B, _from(_S.MISSING), _S.ISSUED, ANYBODY, _H.DESK),
)
# fmt: on

MOVES: dict[tuple[Direction, Act], Move] = {
    (move.direction, move.act): move for move in (*_OUT_MOVES, *_BACK_MOVES)
}

STAGE_NAMES: dict[Stage, tuple[str, str]] = {
    Stage.COUNTER: ("tại quầy tiếp nhận", "at the counter"),
    Stage.DIGITISED: ("đã số hóa", "digitised"),
    Stage.ISSUED: ("đã có văn bản tại sở, ngành", "issued by the department"),
    Stage.PACKED: ("đã xếp vào túi", "packed"),
    Stage.POUCH: ("trong túi niêm phong", "in a sealed pouch"),
    Stage.TRANSFER: ("đang vận chuyển", "on the way"),
    Stage.DEPARTMENT: ("tại sở, ngành", "at the department"),
    Stage.DESK: ("tại quầy trả kết quả", "at the return desk"),
    Stage.DELIVERY: ("đang phát đến công dân", "out for delivery"),
    Stage.MISSING: ("chưa tìm thấy", "missing"),
    Stage.RETAINED: ("lưu tại sở, ngành", "kept by the department"),
    Stage.RETURNED: ("đã trả công dân", "with the citizen"),
}

ACT_NAMES: dict[Act, tuple[str, str]] = {
    Act.RECEIVE: ("tiếp nhận", "receive"),
    Act.DIGITISE: ("số hóa", "digitise"),
    Act.ISSUE: ("ban hành", "issue"),
    Act.PACK: ("xếp vào túi", "pack"),
    Act.UNPACK: ("lấy khỏi túi", "unpack"),
    Act.SEAL: ("niêm phong", "seal"),
    Act.LOAD: ("nhận chuyển", "load"),
    Act.ARRIVE: ("đến nơi", "arrive"),
    Act.ACCEPT: ("ký nhận", "accept"),
    Act.TAKE_UP: ("nhận xử lý tại chỗ", "take up on the spot"),
    Act.HAND_BACK: ("bàn giao kết quả tại chỗ", "hand back on the spot"),
    Act.SEND_OUT: ("gửi phát", "send out"),
    Act.FAIL: ("phát không thành công", "fail to deliver"),
    Act.BRING_BACK: ("chuyển hoàn về quầy", "bring back"),
    Act.DELIVER: ("phát đến công dân", "deliver"),
    Act.RETURN: ("trả tại quầy", "return at the desk"),
    Act.RETAIN: ("lưu hồ sơ", "retain"),
    Act.MISS: ("báo thiếu", "report missing"),
    Act.FIND: ("tìm thấy", "find"),
    Act.CORRECT: ("đính chính", "correct"),
    Act.AMEND: ("điều chỉnh theo đối soát", "amend after reconciliation"),
}

KIND_NAMES: dict[ItemKind, tuple[str, str]] = {
    ItemKind.APPLICATION: ("hồ sơ", "application"),
    ItemKind.SUPPLEMENT: ("giấy tờ bổ sung", "supplement"),
    ItemKind.RESULT: ("kết quả", "result"),
    ItemKind.SUPPLEMENT_REQUEST: ("phiếu yêu cầu bổ sung", "supplement request"),
    ItemKind.STOP_NOTICE: ("thông báo dừng giải quyết", "stop notice"),
}


class Status(IntEnum):
    """State of a dossier as the national portal numbers it (TrangThaiHoSo)."""

    NEW = 1
    RECEIVED = 2
    REFUSED = 3
    PROCESSING = 4
    SUPPLEMENT = 5
    FEE_WANTED = 6
    WITHDRAWN = 7
    STOPPED = 8
    RESOLVED = 9
    RETURNED = 10


STATUS_NAMES: dict[Status, tuple[str, str]] = {
    Status.NEW: ("mới đăng ký", "new"),
    Status.RECEIVED: ("được tiếp nhận", "received"),
    Status.REFUSED: ("không được tiếp nhận", "refused"),
    Status.PROCESSING: ("đang xử lý", "in process"),
    Status.SUPPLEMENT: ("yêu cầu bổ sung giấy tờ", "supplement wanted"),
    Status.FEE_WANTED: ("yêu cầu thực hiện nghĩa vụ tài chính", "payment wanted"),
    Status.WITHDRAWN: ("công dân yêu cầu rút", "withdrawn"),
    Status.STOPPED: ("dừng xử lý", "stopped"),
    Status.RESOLVED: ("đã xử lý xong", "resolved"),
    Status.RETURNED: ("đã trả kết quả", "returned"),
}


class DossierAct(StrEnum):
    """What moves a dossier's status; each follows from an act on one of its items."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    BEGIN = "begin"
    ASK_SUPPLEMENT = "ask_supplement"
    TAKE_SUPPLEMENT = "take_supplement"
    STOP = "stop"
    RESOLVE = "resolve"
    RETURN = "return"


DOSSIER_MOVES: dict[tuple[Status | None, DossierAct], Status] = {
    (None, DossierAct.ACCEPT): Status.RECEIVED,
    (None, DossierAct.REFUSE): Status.REFUSED,
    (Status.NEW, DossierAct.ACCEPT): Status.RECEIVED,
    (Status.NEW, DossierAct.REFUSE): Status.REFUSED,
    (Status.RECEIVED, DossierAct.BEGIN): Status.PROCESSING,
    (Status.PROCESSING, DossierAct.BEGIN): Status.PROCESSING,
    (Status.SUPPLEMENT, DossierAct.BEGIN): Status.SUPPLEMENT,
    (Status.PROCESSING, DossierAct.ASK_SUPPLEMENT): Status.SUPPLEMENT,
    (Status.SUPPLEMENT, DossierAct.TAKE_SUPPLEMENT): Status.PROCESSING,
    (Status.PROCESSING, DossierAct.STOP): Status.STOPPED,
    (Status.SUPPLEMENT, DossierAct.STOP): Status.STOPPED,
    (Status.PROCESSING, DossierAct.RESOLVE): Status.RESOLVED,
    (Status.RESOLVED, DossierAct.RETURN): Status.RETURNED,
}
"""Truthful states only: none is skipped and none is rolled back (reference: peers map supplement
and stop to "done"; a portal that is told so cannot be reconciled)."""

STATUS_AFTER: dict[tuple[ItemKind, Act], DossierAct] = {
    (ItemKind.APPLICATION, Act.ACCEPT): DossierAct.BEGIN,
    (ItemKind.APPLICATION, Act.TAKE_UP): DossierAct.BEGIN,
    (ItemKind.SUPPLEMENT_REQUEST, Act.ISSUE): DossierAct.ASK_SUPPLEMENT,
    (ItemKind.SUPPLEMENT, Act.RECEIVE): DossierAct.TAKE_SUPPLEMENT,
    (ItemKind.STOP_NOTICE, Act.ISSUE): DossierAct.STOP,
    (ItemKind.RESULT, Act.ACCEPT): DossierAct.RESOLVE,
    (ItemKind.RESULT, Act.HAND_BACK): DossierAct.RESOLVE,
    (ItemKind.RESULT, Act.RETURN): DossierAct.RETURN,
    (ItemKind.RESULT, Act.DELIVER): DossierAct.RETURN,
}
"""Which act on which kind of item moves the dossier: 9 only when the result is at the one-stop
desk, 10 only when the citizen has it."""


def move_for(kind: ItemKind, act: Act) -> Move | None:
    """The row for this kind of item and act, or None where the act does not exist for it."""
    return MOVES.get((DIRECTION_OF[kind], act))


def status_after(status: Status | None, act: DossierAct) -> Status | None:
    """The status that follows, or None where the act is not possible now."""
    return DOSSIER_MOVES.get((status, act))
