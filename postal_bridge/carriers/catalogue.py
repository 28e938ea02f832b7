"""The kinds of carriers there are: the adapter of each, and the settings that it cannot do without."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from postal_bridge.carriers.wire import Wire
from postal_bridge.clock import Clock
from postal_bridge.errors import Misuse
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_ports import Carrier, capabilities_of
from postal_bridge.tracking.carrier_values import Capability

OWN_FLEET = "own_fleet"

ADAPTERS: Mapping[str, str] = {
    "ghn": "ghn.Ghn",
    "ghtk": "ghtk.Ghtk",
    "jt": "jt.Jt",
    "myvnpost": "myvnpost.Myvnpost",
    OWN_FLEET: "own_fleet.OwnFleet",
    "soap": "soap.Soap",
    "viettel_post": "viettel_post.ViettelPost",
    "vnpost_hcc": "vnpost_hcc.VnpostHcc",
    "vnpost_ngsp": "vnpost_ngsp.VnpostNgsp",
    "vnpost_soap": "vnpost_soap.VnpostSoap",
}
"""By kind: module and class in this room; imported where a connection of the kind is configured."""


class Adapter(Protocol):
    """The class of an adapter.

    Attributes:
        VOCABULARY: the list that its raw codes are from, where it has one.
        NEEDS: keys of the settings that may not be empty.
    """

    VOCABULARY: str
    NEEDS: tuple[str, ...]

    def __call__(
        self, name: str, *, settings: CarrierSettings, wire: Wire, clock: Clock
    ) -> Carrier:
        """A connection of this kind."""
        ...


def adapter_of(name: str, settings: CarrierSettings) -> Adapter:
    """The adapter of a configured connection.

    Raises:
        Misuse: nobody knows the kind, or a setting that it needs is empty.
    """
    if settings.kind not in ADAPTERS:
        known = ", ".join(sorted(ADAPTERS))
        raise Misuse(
            f"[carriers.{name}] kind = {settings.kind!r}: phải là / must be one of {known}"
        )
    adapter = adapter_class(settings.kind)
    for key in adapter.NEEDS:
        value = getattr(settings, key)
        if not (value.get_secret_value() if hasattr(value, "get_secret_value") else value):
            raise Misuse(
                f"[carriers.{name}] {key}: loại {settings.kind!r} cần giá trị này"
                f" (needed by kind {settings.kind!r})"
            )
    return adapter


def capabilities() -> Mapping[str, frozenset[Capability]]:
    """What each kind can do, for the table in docs/carriers.md."""
    return {kind: capabilities_of(adapter_class(kind)) for kind in ADAPTERS}


def adapter_class(kind: str) -> Adapter:
    """The class of a kind that is known."""
    module, _, name = ADAPTERS[kind].partition(".")
    found: Any = getattr(import_module(f"postal_bridge.carriers.{module}"), name)
    return found  # type: ignore[no-any-return]
