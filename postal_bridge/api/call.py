"""What a door hands to its handler, what it takes back, and how a URL is described."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from postal_bridge.api.doorkeeper import Doorkeeper
from postal_bridge.api.language import Language
from postal_bridge.api.ports import Storage, Wakeups, Work
from postal_bridge.clock import Clock
from postal_bridge.documents.form_editions import FormEditions
from postal_bridge.documents.form_values import FormPage
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.paper_status import PaperStatus
from postal_bridge.documents.ports import Vault
from postal_bridge.documents.printed import Setting
from postal_bridge.documents.sticker_values import Divider, StickerSheet
from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.round_sheet import RoundSheet
from postal_bridge.reconciliation.letter_ports import Form
from postal_bridge.reconciliation.records import Night
from postal_bridge.sections import Settings
from postal_bridge.subscriptions.ports import Seal
from postal_bridge.tracking.carrier_records import OrderState
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.labels import LabelFacts
from postal_bridge.tracking.questions import Questions
from postal_bridge.tracking.watching import Watched
from postal_bridge.worktime import WorkCalendar

JSON = "application/json"

STRICT: Any = ConfigDict(strict=True, extra="forbid")
"""How a body is read: `false` is no 0, and a misspelt field is an error.

Every SQLModel class in a body, also a nested one, states `model_config = STRICT`: SQLModel's own
constructor loses the strictness that is asked for at validation. The registry checks it.
"""

B_co = TypeVar("B_co", covariant=True)
M = TypeVar("M", bound=BaseModel)


class Body(BaseModel):
    """What all request bodies share: nothing is guessed and nothing unknown is taken."""

    model_config = STRICT


def _nobody_prints(facts: LabelFacts) -> bytes:
    raise LookupError(facts.number)


def _nobody_draws(sheet: RoundSheet) -> bytes:
    raise LookupError(sheet.number)


def _nobody_sticks(sheet: StickerSheet) -> bytes:
    raise LookupError(sheet.size)


def _nobody_divides(dividers: Sequence[Divider]) -> bytes:
    raise LookupError(len(dividers))


def _nobody_exports(*_: object) -> list[dict[str, object]]:
    raise LookupError("papers")


def _nobody_sets(page: FormPage) -> bytes:
    raise LookupError(page.title)


PaperExport = Callable[
    [str, str, Sequence[PaperStatus], Callable[[str], str]], list[dict[str, object]]
]
"""Format, procedure, papers, where a document is fetched by its id."""


class _NoSeal:
    """Where nobody has a key, no secret is made."""

    def close(self, secret: str) -> str:
        raise LookupError(len(secret))

    def open(self, sealed: str) -> str:
        raise LookupError(len(sealed))


_ASKS_NOBODY = Questions({}, locate=lambda _address: None)


async def _nobody_settles(number: str, state: OrderState, note: str) -> OrderState:
    raise LookupError(number, state, note)


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything the roof hands to the doors.

    Attributes:
        wakeups: called after each request that may have written events.
        run_night: reconciles a date, now and not in a request's transaction.
        forms: in which a night's report is handed out, by the word with which one asks for them.
        carriers: the connections, by name.
        settle_order: writes down what a carrier said of an order in doubt.
        questions: asks carriers for prices and proofs.
        print_label: makes the PDF of a label of ours.
        seal: keeps subscribers' secrets.
        pickups: requests and rounds; none where the roof has not built them.
        papers: takes papers in; none where the roof has not built it.
        print_round: makes the PDF of a round sheet.
        print_form: makes the PDF of a form; `editions` says which one holds on a day.
        print_stickers, print_dividers: make labels and cover sheets.
        export_papers: papers in the format of a one-stop system.
    """

    storage: Storage
    wakeups: Wakeups
    clock: Clock
    calendar: WorkCalendar
    settings: Settings
    vault: Vault
    identifiers: Identifiers
    run_night: Callable[[date], Awaitable[Night | Refusal]]
    forms: Mapping[str, Form] = field(default_factory=dict)
    carriers: Mapping[str, Watched] = field(default_factory=dict)
    settle_order: Callable[[str, OrderState, str], Awaitable[OrderState]] = _nobody_settles
    questions: Questions = _ASKS_NOBODY
    print_label: Callable[[LabelFacts], bytes] = _nobody_prints
    seal: Seal = field(default_factory=_NoSeal)
    pickups: PickupHouse | None = None
    papers: PaperHouse | None = None
    print_round: Callable[[RoundSheet], bytes] = _nobody_draws
    print_form: Setting = _nobody_sets
    print_stickers: Callable[[StickerSheet], bytes] = _nobody_sticks
    print_dividers: Callable[[Sequence[Divider]], bytes] = _nobody_divides
    export_papers: PaperExport = _nobody_exports
    editions: FormEditions = field(default_factory=lambda: FormEditions({}))


@dataclass(frozen=True)
class Reply:
    """An answer that is more than a model with the route's status.

    Attributes:
        status: the route's own unless given.
        body: a model or bytes (a PDF, a file); none for an empty answer.
        media_type: of bytes; a model is always JSON.
    """

    body: BaseModel | bytes | None = None
    _: KW_ONLY
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON


@dataclass(frozen=True, kw_only=True)
class Call(Generic[B_co]):
    """One request, checked: who asks, for what, when; with the transaction to work in.

    Attributes:
        body: the route's body model; bytes for a raw route; None where the route takes none.
        query: the query's words as they came, already checked against the route's model.
        params: the same as that model; `asked` gives it with its type.
        now: aware, UTC; the clock is read once per request.
        address: the client's network address, for limits.
        who, sign_in_id: None on a public route.
        transaction: None where the route opens its own.
    """

    services: Services
    keeper: Doorkeeper
    body: B_co
    now: datetime
    language: Language
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    params: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    who: Actor | None = None
    sign_in_id: str | None = None
    transaction: Work | None = None

    @property
    def actor(self) -> Actor:
        """The member of staff who asks; only a route with roles has one."""
        if self.who is None:
            raise LookupError("a public route has no actor")
        return self.who

    @property
    def work(self) -> Work:
        """The transaction of this request: a refusal or an exception undoes it."""
        if self.transaction is None:
            raise LookupError("this route opens its own transactions")
        return self.transaction

    def asked(self, model: type[M]) -> M:
        """The query as the route's model: `call.asked(TransferQuery).limit`."""
        if not isinstance(self.params, model):
            raise TypeError(f"this route's query is not a {model.__name__}")
        return self.params


Answer = BaseModel | Reply | Refusal | None
Handler = Callable[[Call[Any]], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """One URL: who may call it, with what, and what comes back.

    Attributes:
        path: below /api/v1, such as `/pouches/{code}/seal`.
        roles: who may call it; None opens it to everybody, so it must be said.
        body: model of the JSON body. Without one, a body must be empty or `{}`.
        raw_limit_bytes: the body is taken as bytes, up to this many; a function reads the limit
            from the settings.
        query: model of the query; its fields are read from strings, unknown ones are refused.
        out: model of the answer, for the OpenAPI document.
        produces: media type of the answer, for the OpenAPI document.
        creates: an Idempotency-Key is needed, and a repeat gets the first answer.
        write: whether the transaction may write; by default in everything but GET.
        own_transactions: the handler opens its own (`call.services.storage.begin()`), because it
            waits for somebody outside or computes for long. With `creates` the answer is then kept
            after the handler, so its effect must bear a repeat by itself.
        personal: the answer holds personal data and is stored nowhere on its way.
        secret: the body holds a password: nothing of it is kept when it is refused.
        door: a door of its own, where the route is too hot for the common one.
        example: a body as somebody would send it, for the OpenAPI document.
    """

    method: str
    path: str
    handler: Handler
    _: KW_ONLY
    roles: frozenset[Role] | None
    summary_vi: str
    summary_en: str
    tag: str
    body: type[BaseModel] | None = None
    raw_limit_bytes: int | Callable[[Settings], int] | None = None
    query: type[BaseModel] | None = None
    out: type[BaseModel] | None = None
    produces: str = JSON
    status: int = 200
    creates: bool = False
    write: bool | None = None
    own_transactions: bool = False
    personal: bool = True
    secret: bool = False
    door: Callable[..., Any] | None = None
    example: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        """A route that contradicts itself is found when the programme starts."""
        if self.creates and self.roles is None:
            raise ValueError(f"{self.path}: keys belong to a user, a public route has none")
        if self.body is not None and self.raw_limit_bytes is not None:
            raise ValueError(f"{self.path}: a body is a model or raw, not both")

    @property
    def writes(self) -> bool:
        """Whether its transaction may write."""
        return self.method != "GET" if self.write is None else self.write

    @property
    def takes_body(self) -> bool:
        """Whether a body is read."""
        return self.method in {"POST", "PUT", "PATCH", "DELETE"}

    def limit_bytes(self, settings: Settings) -> int:
        """The largest body, in bytes."""
        if self.raw_limit_bytes is None:
            return settings.service.body_limit_bytes
        if callable(self.raw_limit_bytes):
            return self.raw_limit_bytes(settings)
        return self.raw_limit_bytes
