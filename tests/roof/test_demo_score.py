"""The demo's score: everything in it can happen in its order, and the published counts come out."""

from collections import Counter
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from postal_bridge.clock import local_day
from postal_bridge.demo.score import Score, write_score
from postal_bridge.demo.steps import Answered, Deed, Stack, Step, scan_id
from postal_bridge.sandbox.month import DEFAULT_SEED, generate_month
from postal_bridge.sandbox.province import MonthFigures, ProvinceData, load_figures, load_province
from postal_bridge.settings import load_settings
from postal_bridge.worktime import WorkCalendar

CONFIG = Path(__file__).parents[2] / "config"


@cache
def calendar() -> WorkCalendar:
    return WorkCalendar.load(load_settings({}, config_dir=CONFIG).calendar)


@cache
def province() -> ProvinceData:
    return load_province(CONFIG / "province")


@cache
def figures() -> MonthFigures:
    return load_figures(CONFIG / "demo" / "lang-son-2019-01.toml")


@cache
def score_of(seed: int, days: int | None = None) -> Score:
    plan = generate_month(province(), figures(), calendar=calendar(), seed=seed)
    return write_score(plan, province(), calendar=calendar(), days=days)


@pytest.fixture(params=[DEFAULT_SEED, 1, 2], ids="seed-{}".format)
def score(request: pytest.FixtureRequest) -> Score:
    return score_of(request.param)


def answered_in(value: object) -> list[Answered]:
    if isinstance(value, Answered):
        return [value]
    if isinstance(value, dict):
        return [found for one in value.values() for found in answered_in(one)]
    if isinstance(value, list | tuple):
        return [found for one in value for found in answered_in(one)]
    return []


def scans_of(step: Step) -> list[dict[str, Any]]:
    body = step.body
    return body["scans"] if isinstance(body, dict) and "scans" in body else []


def test_every_published_count_is_played(score: Score) -> None:
    stated, ours = figures().published, figures().division
    done = Counter(step.deed for step in score.steps)
    assert done[Deed.INTAKE] == done[Deed.DIGITISE] == stated.received
    assert done[Deed.ISSUE] == stated.resolved
    assert done[Deed.FEE] == stated.fee_receipts
    assert done[Deed.EXEMPT] == ours.exempt
    assert done[Deed.REFUSE] == ours.refused
    assert done[Deed.ASK] == done[Deed.ANSWER] == ours.supplements
    assert done[Deed.HAND_BACK] == ours.on_the_spot
    assert done[Deed.TAKE_UP] == ours.on_the_spot + ours.in_progress_at_centre
    assert done[Deed.RETURN] == ours.returned_at_desk
    assert done[Deed.CONSIGN] == ours.by_post
    assert score.whole


def test_the_pouches_carry_what_was_published(score: Score) -> None:
    carried = Counter[str]()
    for step in score.steps:
        if step.deed is Deed.PACK and isinstance(step.body, dict):
            carried["back" if step.body["destination"] == "HCC-TKQ" else "out"] += len(
                step.body["items"]
            )
    assert carried == {"out": figures().published.carried_out, "back": 287}


def test_every_pouch_is_sealed_once_with_its_own_seal(score: Score) -> None:
    seals = [
        s.body["seal"] for s in score.steps if s.deed is Deed.SEAL and isinstance(s.body, dict)
    ]
    assert len(set(seals)) == len(seals) == sum(s.deed is Deed.PACK for s in score.steps)


def test_a_number_is_used_only_after_it_was_given_out(score: Score) -> None:
    given = set[str]()
    for step in score.steps:
        wanted = answered_in(step.body) + answered_in(step.path)
        assert {one.key for one in wanted} <= given, step.key
        given.add(step.key)


def test_steps_are_in_order_and_in_working_hours(score: Score) -> None:
    moments = [step.at for step in score.steps]
    assert moments == sorted(moments)
    outside = [step.key for step in score.steps if not calendar().is_open(step.at)]
    assert outside == []


def test_keys_say_what_is_done_and_are_never_used_twice(score: Score) -> None:
    keys = [step.key for step in score.steps]
    assert len(set(keys)) == len(keys)
    assert all(len(key) <= 200 and key.isprintable() for key in keys)


def test_a_scan_has_happened_when_it_is_sent_and_has_one_identifier(score: Score) -> None:
    known: dict[str, dict[str, Any]] = {}
    sent = 0
    for step in score.steps:
        for one in scans_of(step):
            sent += 1
            assert datetime.fromisoformat(one["at"]) <= step.at
            assert known.setdefault(one["scan_id"], one) == one
            assert UUID(one["scan_id"]).version == 7
    assert sent > len(known), "handhelds send some scans twice"


def test_handhelds_send_their_scans_out_of_order(score: Score) -> None:
    moments: dict[object, dict[str, str]] = {}
    late = 0
    for step in score.steps:
        for one in scans_of(step):
            earlier = moments.setdefault(one["code"], {})
            late += any(one["at"] < at for at in earlier.values())
            earlier[one["scan_id"]] = one["at"]
    assert late > 0
    assert all(len(set(times.values())) == len(times) for times in moments.values())


def test_a_short_replay_is_the_beginning_of_the_long_one() -> None:
    whole, part = score_of(DEFAULT_SEED), score_of(DEFAULT_SEED, 4)
    assert part.steps == whole.steps[: len(part.steps)]
    assert len(part.days) == 4
    assert not part.whole
    assert part.first_day == date(2019, 1, 10)
    assert {local_day(one.received_at) for one in part.dossiers} <= set(part.days)


def test_every_stack_has_its_pages(score: Score) -> None:
    stacks = [step.body for step in score.steps if isinstance(step.body, Stack)]
    assert len(stacks) == 596
    assert all(stack.pages >= 1 for stack in stacks)


def test_an_identifier_of_a_scan_is_made_from_its_moment_and_what_it_says() -> None:
    moment = datetime.fromisoformat("2019-01-10T08:00:00+07:00")
    made = scan_id(moment, "one")
    assert made == scan_id(moment, "one")
    assert made != scan_id(moment, "two")
    assert made.int >> 80 == int(moment.timestamp() * 1000)
