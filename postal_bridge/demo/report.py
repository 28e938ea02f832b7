"""What the demo says: painted on a terminal, plain lines elsewhere, one object for machines.

Every figure comes from the API's answers; what was published stands beside it where it differs.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

from postal_bridge.clock import format_local
from postal_bridge.demo.conductor import Progress
from postal_bridge.demo.verdict import Answers, Verdict
from postal_bridge.sandbox.province import ProvinceData, Published

COLUMNS = ("received", "resolved", "on_time", "in_progress", "returned")
HEADINGS = (
    "Sở, ngành / department",
    "tiếp nhận / received",
    "đã giải quyết / resolved",
    "đúng hạn / on time",
    "đang xử lý / in progress",
    "đã trả / returned",
)
_NAME_WIDTH, _FIGURE_WIDTH = 58, 14
_HUNDRED = 100
_STOPS_SHOWN = 12


class Report:
    """Where the demo speaks: standard output, or standard error where that is for machines."""

    def __init__(self, *, as_json: bool, out: TextIO | None = None) -> None:
        """Look whether a person sits at a terminal.

        Args:
            as_json: standard output belongs to one JSON object.
            out: instead of the standard streams.
        """
        self._as_json = as_json
        self._out = out or (sys.stderr if as_json else sys.stdout)
        self._painted = self._out.isatty()

    def say(self, text: str = "") -> None:
        """One line."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def title(self, text: str) -> None:
        """The heading of a section."""
        if self._painted:
            from rich.console import Console

            Console(file=self._out, highlight=False).print(f"\n[bold]{text}[/bold]")
        else:
            self.say(f"\n{text}")

    @contextmanager
    def progress(self, what: str) -> Iterator[Progress]:
        """Show how far the replay has come: a bar, or a line for each day."""
        if not self._painted:
            yield self._day_lines(what)
            return
        from rich.console import Console
        from rich.progress import Progress as Bar

        with Bar(console=Console(file=self._out), transient=True) as bar:
            task = bar.add_task(what, total=None)

            def show(done: int, total: int, day: str) -> None:
                bar.update(task, completed=done, total=total, description=f"{what} {day}")

            yield show

    def _day_lines(self, what: str) -> Progress:
        last = ""

        def show(done: int, total: int, day: str) -> None:
            nonlocal last
            if day != last:
                last = day
                self.say(f"{what} {day}: {_HUNDRED * done // total} %")

        return show

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table: the first column is text, the others are figures."""
        if not self._painted:
            for row in (headings, *rows):
                figures = "".join(f"{_short(cell):>{_FIGURE_WIDTH}}" for cell in row[1:])
                self.say(f"{row[0]!s:<{_NAME_WIDTH}}{figures}")
            return
        from rich.console import Console
        from rich.table import Table

        table = Table(*headings[:1])
        for heading in headings[1:]:
            table.add_column(heading.replace(" / ", "\n"), justify="right")
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        Console(file=self._out).print(table)

    def as_object(self, figures: Mapping[str, Any]) -> None:
        """The one JSON object, on standard output."""
        sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _short(cell: object) -> str:
    """A heading is shown by its Vietnamese half where columns are narrow."""
    return str(cell).partition(" / ")[0]


def show_month(
    report: Report, answers: Answers, verdict: Verdict, *, province: ProvinceData
) -> None:
    """The month's table, what was carried, and the fees."""
    statistics, figures = answers.statistics, verdict.figures
    report.title("Bảng tháng / the month's table")
    rows = list(_department_rows(statistics, province))
    total = ("Cộng / total", *(statistics["total"][name] for name in COLUMNS))
    report.table(HEADINGS, [*rows, total])
    report.say(f"Quy tắc đúng hạn / on-time rule: {statistics['on_time_rule']}.")
    report.say(f"Từ chối tại quầy, có lý do / refused with reasons: {figures['refused']}")
    report.title("Luân chuyển / carried by the post")
    report.say(
        f"  đi / out {figures['carried_out']}: {answers.files_out} hồ sơ / applications"
        f" + {answers.supplements_out} giấy tờ bổ sung / supplements"
    )
    report.say(
        f"  về / back {figures['carried_back']}: {answers.results_back} kết quả / results"
        f" + {answers.requests_back} phiếu yêu cầu bổ sung / supplement requests"
    )
    report.say(
        "  Nguồn không nêu cách chia này; chúng tôi chọn sao cho mọi con số khớp nhau."
        " / The source does not state this division; it is ours, chosen so that all adds up."
    )
    report.title("Phí, lệ phí / fees")
    report.say(
        f"  {figures['fee_receipts']} biên lai / receipts, {_dong(figures['fees_vnd'])};"
        f" {figures['exemptions']} hồ sơ được miễn / exempted"
    )


def _department_rows(
    statistics: Mapping[str, Any], province: ProvinceData
) -> Iterator[tuple[object, ...]]:
    """One row for each department with its bodies in it, and each body again below it."""
    offices, names = statistics["departments"], statistics["department_names"]
    lines: dict[str, list[str]] = {place.code: [] for place in province.departments}
    for code in offices:
        lines.setdefault(province.department_of(code), []).append(code)
    for department, members in lines.items():
        sums = tuple(sum(offices[code][name] for code in members) for name in COLUMNS)
        name = names.get(department) or province.places[department].name
        yield (name, *sums)
        for code in members:
            if code != department:
                figures = tuple(offices[code][column] for column in COLUMNS)
                yield (f"  trong đó / of which {names[code]}", *figures)


def show_outstanding(report: Report, answers: Answers) -> None:
    """What is not home yet: holder, place, since when, and the way it took."""
    report.title(f"Chưa về / outstanding: {len(answers.outstanding)}")
    for one in answers.outstanding:
        report.say(
            f"  {one['item_code']}: {one['holder_name']}, {one['place_name']},"
            f" từ / since {_moment(one['since'])} ({one['stage_name']})"
        )
        trace = answers.traces.get(one["item_code"], {})
        for step in trace.get("steps", ()):
            event = step["event"]
            report.say(
                f"      {_moment(event['occurred_at'])}  {step['act_name']:<22}"
                f" {event['place']:<8} {event['actor']}"
            )


def show_homecoming(report: Report, answers: Answers) -> None:
    """What carriers took home, and one trace of each with the carrier's own words."""
    home = answers.homecoming
    report.title("Hãng đưa kết quả về nhà / results home with carriers")
    for carrier, count in sorted(home.planned.items()):
        found = home.delivered[carrier]
        report.say(f"  {carrier}: {found}/{count} phát thành công / delivered")
        trace = home.shown.get(carrier)
        if trace is None:
            continue
        report.say(f"    {trace['item']['code']}")
        for step in trace["steps"][-2:]:
            event = step["event"]
            report.say(
                f"      {_moment(event['occurred_at'])}  {step['act_name']:<22}"
                f" {event['place']:<8} {event['actor']}"
            )
        for carriage in trace["carriages"]:
            report.say(f"    {carriage['number']}  {carriage.get('waybill', '')}".rstrip())
            for one in carriage["reports"]:
                said = " ".join(dict.fromkeys((one["raw_code"], one["raw_text"]))).strip()
                report.say(
                    f"      {_moment(one['at'])}  {one.get('milestone_name', '–'):<22} {said}"
                )


def show_morning(report: Report, answers: Answers) -> None:
    """The rounds of the morning, stop by stop."""
    morning = answers.morning
    if morning is None:
        return
    report.title("Sáng mai: thu gom tại nhà / tomorrow morning's collections")
    report.say(
        f"  {morning.day:%d/%m/%Y}: {len(morning.asked)} lịch hẹn / requests, "
        f"{morning.in_doubt} địa chỉ cần người xem / addresses in doubt, "
        f"{len(morning.rounds)} tuyến / rounds ({morning.plan['solver']})"
    )
    for one, sheet in zip(morning.rounds, morning.sheets, strict=True):
        told = one["round"]
        report.say(
            f"  {told['number']} · {told['vehicle']} ({told['courier']}) · "
            f"{len(one['stops'])} điểm / stops · {told['metres'] / 1000:.1f} km · {sheet}"
        )
        for stop in one["stops"][:_STOPS_SHOWN]:
            report.say(
                f"    {stop['position']:>3}  {_moment(stop['begin_at'])[-5:]}  "
                f"{stop['ward']:<44} {stop['items']} bưu gửi / items"
            )
        if len(one["stops"]) > _STOPS_SHOWN:
            report.say(f"         … {len(one['stops']) - _STOPS_SHOWN}")
    for out in morning.plan.get("unserved", []):
        report.say(f"  {out['detail']}")


def show_printed(report: Report, answers: Answers) -> None:
    """Where the printed papers are."""
    if not answers.printed:
        return
    report.title("Giấy tờ in ra / papers that were printed")
    for file in answers.printed:
        report.say(f"  {file}")


def show_night(report: Report, answers: Answers, verdict: Verdict) -> None:
    """The reconciliation: what was planted, what was found, what should not have been found."""
    night, figures = answers.night["night"], verdict.figures
    report.title(f"Đối soát ngày {night['day']} / nightly reconciliation")
    report.say(
        f"  {night['ours']} hồ sơ trong sổ / ours, {night['theirs']} bên một cửa / theirs;"
        f" {night['uncompared']} không so được trạng thái / states without a national number"
    )
    names = {case["kind"]: case["kind_name"] for case in answers.discrepancies}
    for kind, planted in figures["planted"].items():
        name = names.get(kind, kind)
        found = figures["found"].get(kind, 0)
        report.say(f"  {kind:<16} {name:<24} cài / planted {planted}, thấy / found {found}")
    for case in answers.discrepancies:
        both = f"sổ / ours: {case.get('ours', '–')}; một cửa / theirs: {case.get('theirs', '–')}"
        report.say(f"      {case['dossier_code']}: {case['kind_name']} ({both})")
    report.say(f"  Báo nhầm / false alarms: {figures['false_alarms']}")
    for case in verdict.false_alarms:
        report.say(f"      {case['kind']} {case['dossier_code']}")
    report.say(
        f"  Sổ giao nhận / ledger: {figures['ledger_events']} sự kiện / events,"
        f" gốc đã ký / signed root {figures['ledger_root'] or '–'}"
    )


def show_source(report: Report, stated: Published) -> None:
    """The source's own count of procedures, computed from the figures file."""
    parts, total = stated.procedures_parts, stated.procedures_stated
    shown = " + ".join(_number(part) for part in parts)
    relation = "bằng / is" if sum(parts) == total else "không bằng / is not"
    report.title("Số thủ tục trong nguồn / the source's own procedure count")
    report.say(f"  {shown} = {_number(sum(parts))}, {relation} {_number(total)}")


def show_verdict(report: Report, verdict: Verdict) -> None:
    """Whether everything agrees, and what does not."""
    if not verdict.disagreements:
        report.title("Mọi con số đều khớp / everything agrees")
        return
    report.title("KHÔNG KHỚP / does not agree")
    for wrong in verdict.disagreements:
        report.say(f"  {wrong}")


def _moment(text: str) -> str:
    return format_local(datetime.fromisoformat(text))


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _dong(value: int) -> str:
    return f"{_number(value)} đồng"
