"""How nights are run when nobody decides otherwise: nothing is mended without leave."""

from postal_bridge.reconciliation.night_house import NightPolicy, Step
from postal_bridge.reconciliation.remedies import RemedyPolicy


def test_without_settings_a_night_mends_nothing_and_compares_everything() -> None:
    policy = NightPolicy()
    assert policy.remedies == RemedyPolicy(
        follow_return_mode=False, follow_promised_day=False, tell_state=False
    )
    assert policy.full_sweep_days >= 1


def test_the_steps_stand_in_the_order_in_which_they_come() -> None:
    steps = list(Step)
    assert (steps[0], steps[-1]) == (Step.OURS, Step.DONE)
    assert steps.index(Step.LIST) < steps.index(Step.COMPARE) < steps.index(Step.SETTLE)
