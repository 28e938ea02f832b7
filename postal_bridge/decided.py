"""What the operator decides, as the rooms take it."""

from postal_bridge.outbox import PORTAL_TOPIC, REGISTER_TOPIC, RETURNED_TOPIC
from postal_bridge.reconciliation.night_house import NightPolicy
from postal_bridge.reconciliation.remedies import RemedyPolicy
from postal_bridge.sections import Settings


def make_policy(settings: Settings) -> NightPolicy:
    """How nights are run, as the operator decides."""
    nightly = settings.nightly
    return NightPolicy(
        lookback_days=nightly.lookback_days,
        resume_hours=nightly.resume_hours,
        counts_first_from=nightly.counts_first_from,
        full_sweep_days=nightly.full_sweep_days,
        most_look_ups=nightly.most_look_ups,
        case_due_days=nightly.case_due_days,
        remedies=RemedyPolicy(
            follow_return_mode=nightly.remedy_return_mode == "follow",
            follow_promised_day=nightly.remedy_promised_day == "follow",
            tell_state=nightly.remedy_state == "tell" and settings.onestop.write_back,
        ),
    )


def topics_told(settings: Settings) -> frozenset[str]:
    """Which messages somebody takes here; others of their kind are not even written."""
    portal = {PORTAL_TOPIC} if settings.national_portal.base_url else set()
    writes = settings.onestop.base_url and settings.onestop.write_back
    return frozenset(portal | ({REGISTER_TOPIC, RETURNED_TOPIC} if writes else set()))
