"""The generated month: every published figure comes out, and everything in it can happen."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import pytest

from postal_bridge.clock import at_local, local_day, to_local
from postal_bridge.codes import DossierCode
from postal_bridge.identity import Role
from postal_bridge.sandbox.month import DEFAULT_SEED, generate_month
from postal_bridge.sandbox.plans import AttemptOutcome, Channel, DossierPlan, MonthPlan, ReturnMode
from postal_bridge.sandbox.province import MonthFigures, ProvinceData, load_figures, load_province
from postal_bridge.worktime import WorkCalendar

CONFIG = Path(__file__).parents[2] / "config"
FIGURES = CONFIG / "demo" / "lang-son-2019-01.toml"
TET = tuple(date(2019, 2, 4) + timedelta(days=n) for n in range(5))
CALENDAR = WorkCalendar(
    ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30))), ("saturday", "sunday"), TET
)


@cache
def province() -> ProvinceData:
    return load_province(CONFIG / "province")


@cache
def figures() -> MonthFigures:
    return load_figures(FIGURES)


@cache
def month_of(seed: int) -> MonthPlan:
    return generate_month(province(), figures(), calendar=CALENDAR, seed=seed)


@pytest.fixture(params=[DEFAULT_SEED, 1, 2, 3, 4, 5], ids="seed-{}".format)
def month(request: pytest.FixtureRequest) -> MonthPlan:
    return month_of(request.param)


def resolved(month: MonthPlan) -> list[DossierPlan]:
    return [row for row in month.dossiers if row.resolved_at]


def due(row: DossierPlan) -> datetime:
    if not row.supplement:
        return row.promised_at
    asked, answered = row.supplement.requested_at, row.supplement.answered_at
    return CALENDAR.resume(row.promised_at, paused_at=asked, resumed_at=answered)


def test_the_published_counts_come_out(month: MonthPlan) -> None:
    stated = figures().published
    assert len(month.dossiers) == stated.received == 596
    assert len(resolved(month)) == stated.resolved == 426
    assert len(month.dossiers) - len(resolved(month)) == stated.in_progress == 170
    bodies = Counter(row.body for row in month.dossiers)
    assert bodies["PCC1"] == stated.notarial == 209
    assert bodies["DIENLUC"] == stated.electricity == 3
    departments = {row.department for row in month.dossiers} - {"DIENLUC"}
    assert departments == {place.code for place in province().departments}
    assert len(departments) == stated.departments == 16


def test_the_post_carries_290_out_and_287_back(month: MonthPlan) -> None:
    stated, ours = figures().published, figures().division
    files = sum(row.carried for row in month.dossiers)
    asked = sum(row.supplement is not None for row in month.dossiers)
    results = sum(row.back is not None for row in month.dossiers)
    assert (files, asked, results) == (278, ours.supplements, 275)
    assert files + asked == stated.carried_out == 290
    assert asked + results == stated.carried_back == 287
    carried_other = sum(row.carried and row.body is None for row in month.dossiers)
    assert carried_other == ours.files_other
    on_the_spot = sum(row.resolved_at is not None and not row.carried for row in month.dossiers)
    assert on_the_spot == ours.on_the_spot


def test_the_runs_carry_what_the_dossiers_say(month: MonthPlan) -> None:
    out = sum(len(load.files_out) + len(load.supplements_out) for load in month.loads)
    back = sum(len(load.requests_back) + len(load.results_back) for load in month.loads)
    assert (out, back) == (290, 287)
    departures = [load.run.leaves_at for load in month.loads]
    assert departures == sorted(departures)


def test_three_dossiers_are_still_out_and_not_overdue(month: MonthPlan) -> None:
    still_out = [row for row in month.dossiers if row.carried and not row.back]
    assert len({row.department for row in still_out}) == len(still_out) == 3
    assert len({row.sent_out_on for row in still_out}) == 3
    closing = at_local(figures().published.last_day, time(17, 29))
    unresolved = [row for row in month.dossiers if not row.resolved_at]
    assert all(row.promised_at > closing for row in unresolved)


def test_everything_resolved_is_on_time(month: MonthPlan) -> None:
    late = [row.code for row in resolved(month) if row.resolved_at and row.resolved_at > due(row)]
    assert late == []


def test_the_promise_is_the_one_the_calendar_counts(month: MonthPlan) -> None:
    for row in month.dossiers:
        procedure = province().procedures[row.procedure_code]
        counted = CALENDAR.deadline(row.received_at, procedure.limit, cutoff=procedure.cutoff)
        assert row.promised_at == counted


def test_fees_add_up_to_the_dong(month: MonthPlan) -> None:
    ours, stated = figures().division, figures().published
    fees = [row.fee for row in month.dossiers if row.fee]
    receipts = [fee for fee in fees if fee.exempt_basis is None]
    assert len(receipts) == stated.fee_receipts == 145
    assert sum(fee.amount_vnd for fee in receipts) == ours.fees_vnd == 118_964_000
    assert all(fee.amount_vnd > 0 for fee in fees)
    bases = [fee.exempt_basis for fee in fees if fee.exempt_basis]
    assert len(bases) == ours.exempt
    assert set(bases) <= set(figures().exemption_bases)


def test_a_fixed_fee_is_the_catalogues(month: MonthPlan) -> None:
    for row in month.dossiers:
        fee_vnd = province().procedures[row.procedure_code].fee_vnd
        if row.fee and fee_vnd is not None:
            assert row.fee.amount_vnd == fee_vnd


def test_results_leave_the_centre_as_divided(month: MonthPlan) -> None:
    ours = figures().division
    found = Counter[str]()
    for row in resolved(month):
        plan = row.returned
        if plan is None:
            found["waiting"] += 1
        elif plan.mode is ReturnMode.DESK:
            found["desk"] += 1
        elif plan.at is None:
            found["failed_twice" if plan.back_at_desk_at else "on_the_way"] += 1
        else:
            found[f"delivered_{len(plan.attempts)}"] += 1
    assert found == {
        "desk": ours.returned_at_desk,
        "waiting": ours.waiting_at_desk,
        "delivered_1": ours.delivered_first,
        "delivered_2": ours.delivered_second,
        "failed_twice": ours.failed_twice,
        "on_the_way": ours.on_the_way,
    }
    assert all(row.returned is None for row in month.dossiers if not row.resolved_at)


def test_attempts_fail_until_the_last_one_delivers(month: MonthPlan) -> None:
    for row in month.dossiers:
        attempts = row.returned.attempts if row.returned else ()
        assert all(attempt.outcome is AttemptOutcome.FAILED for attempt in attempts[:-1])
        for attempt in attempts:
            assert (attempt.outcome is AttemptOutcome.FAILED) == bool(attempt.reason)
        if row.returned and row.returned.mode is ReturnMode.POSTAL and row.returned.at:
            assert attempts[-1].outcome is AttemptOutcome.DELIVERED
            assert attempts[-1].at == row.returned.at


def test_channels_are_divided_as_the_catalogue_allows(month: MonthPlan) -> None:
    ours = figures().division
    found = Counter(row.channel for row in month.dossiers)
    assert found == {
        Channel.DIRECT: ours.direct,
        Channel.ONLINE: ours.online,
        Channel.POSTAL: ours.postal,
    }
    for row in month.dossiers:
        allowed = province().procedures[row.procedure_code].channels
        assert row.channel in allowed
        assert row.return_mode is ReturnMode.DESK or Channel.POSTAL in allowed


def moments_of(row: DossierPlan) -> list[datetime]:
    """Everything that happens to a dossier, in the order in which it has to happen."""
    moments: list[datetime | None] = [row.received_at]
    if row.out:
        moments += [row.out.leaves_at, row.out.at_office_at]
    if row.supplement:
        asked = row.supplement
        moments += [asked.requested_at, asked.back.at_office_at, asked.back.back_at]
        moments += [asked.answered_at, asked.out.leaves_at, asked.out.at_office_at]
    moments.append(row.resolved_at)
    if row.back:
        moments += [row.back.at_office_at, row.back.back_at]
    if row.returned:
        moments.append(row.returned.consigned_at)
        moments += [attempt.at for attempt in row.returned.attempts]
        moments += [row.returned.back_at_desk_at or row.returned.at]
    return [moment for moment in moments if moment]


def test_every_step_comes_after_the_one_before(month: MonthPlan) -> None:
    for row in month.dossiers:
        moments = moments_of(row)
        assert moments == sorted(moments), row.code


def test_every_step_lies_in_a_session_of_the_period(month: MonthPlan) -> None:
    stated = figures().published
    moments = [moment for row in month.dossiers for moment in moments_of(row)]
    moments += [row.at for row in month.refused]
    assert all(CALENDAR.is_open(moment) for moment in moments)
    days = {local_day(moment) for moment in moments}
    assert min(days) == stated.first_day
    assert max(days) == stated.last_day
    assert not days & set(TET)


def test_a_run_never_takes_back_what_it_has_just_brought(month: MonthPlan) -> None:
    for row in month.dossiers:
        last_out = row.supplement.out if row.supplement else row.out
        assert row.back is None or last_out is None or row.back > last_out
        assert not row.supplement or not row.out or row.supplement.back > row.out


def test_what_is_taken_before_15_00_leaves_on_the_same_day(month: MonthPlan) -> None:
    for row in month.dossiers:
        if row.sent_out_on:
            taken = to_local(row.received_at)
            early = taken.time() < time(15)
            later = CALENDAR.next_working_day(taken.date())
            assert row.sent_out_on == (taken.date() if early else later)


def test_notarial_acts_are_back_within_a_working_day(month: MonthPlan) -> None:
    for row in month.dossiers:
        if row.body == "PCC1":
            assert row.out is not None
            assert row.back is not None
            assert (
                CALENDAR.working_minutes_between(row.out.at_office_at, row.back.at_office_at) <= 480
            )


def test_codes_are_unique_and_count_per_agency_and_day(month: MonthPlan) -> None:
    codes = [DossierCode.parse(row.code) for row in month.dossiers]
    serials: dict[tuple[str, date], list[int]] = {}
    for row, code in zip(month.dossiers, codes, strict=True):
        assert isinstance(code, DossierCode)
        assert code.day == local_day(row.received_at)
        serials.setdefault((code.agency, code.day), []).append(code.serial)
    assert all(given == list(range(1, len(given) + 1)) for given in serials.values())
    assert len({row.code for row in month.dossiers}) == 596


def test_applicants_are_different_invented_persons_of_the_province(month: MonthPlan) -> None:
    people = [row.applicant for row in month.dossiers]
    people += [row.applicant for row in month.refused]
    wards = {ward.code for ward in province().wards}
    assert len({person.identity_number for person in people}) == len(people)
    assert len({person.phone for person in people}) == len(people)
    for person in people:
        assert person.identity_number.startswith("020")
        assert len(person.identity_number) == 12
        assert len(person.phone) == 10
        assert person.ward_code in wards


def test_papers_given_complete_the_checklist(month: MonthPlan) -> None:
    for row in month.dossiers:
        asked = province().procedures[row.procedure_code].papers
        given = [(paper.position, paper.originals, paper.copies) for paper in row.papers]
        assert given == [(paper.position, paper.originals, paper.copies) for paper in asked]
        assert all(paper.pages >= paper.originals + paper.copies > 0 for paper in row.papers)


def test_who_is_refused_is_told_why(month: MonthPlan) -> None:
    assert len(month.refused) == figures().division.refused == 5
    for row in month.refused:
        asked = {paper.position for paper in province().procedures[row.procedure_code].papers}
        assert row.reasons
        assert asked - {paper.position for paper in row.papers} == set(row.missing)
    assert sum(not row.missing for row in month.refused) == 1


def test_the_same_seed_gives_the_same_month() -> None:
    again = generate_month(province(), figures(), calendar=CALENDAR, seed=DEFAULT_SEED)
    assert again == month_of(DEFAULT_SEED)
    assert month_of(1) != month_of(2)


def test_the_sources_own_procedure_count_does_not_add_up() -> None:
    stated = figures().published
    assert sum(stated.procedures_parts) == 1_294
    assert stated.procedures_stated == 1_284
    assert figures().contradictions() == ()


def test_figures_that_do_not_add_up_are_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "month.toml"
    text = FIGURES.read_text(encoding="utf-8")
    wrong.write_text(text.replace("supplements = 12", "supplements = 13"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"carried_out: 291 is not 290; carried_back: 288"):
        load_figures(wrong)


def test_a_place_that_is_not_there_is_named(tmp_path: Path) -> None:
    for file in (CONFIG / "province").iterdir():
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(text.replace('"HCC-TKQ"]', '"HCC-XX"]'), encoding="utf-8")
    with pytest.raises(ValueError, match="staff tiepnhan1 names no place: HCC-XX"):
        load_province(tmp_path)


def test_every_office_has_an_officer_a_courier_and_procedures() -> None:
    offices = {row.code for row in province().places.values() if row.kind in {"department", "body"}}
    assert {row.department for row in province().procedures.values()} == offices
    for role in (Role.DEPARTMENT, Role.COURIER):
        served = [
            place
            for member in province().staff
            if member.role is role
            for place in member.places
            if place in offices
        ]
        assert sorted(served) == sorted(offices)
