"""How far a long command has come, on a terminal and in a file."""

from io import StringIO

from typing_extensions import override

from postal_bridge.commands.progress import Progress


class Terminal(StringIO):
    @override
    def isatty(self) -> bool:
        return True


class Ticks:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def shown(stream: StringIO) -> list[str]:
    return stream.getvalue().replace("\r\x1b[K", "\n").strip("\n").split("\n")


def test_on_a_terminal_one_line_moves_with_speed_and_time_left() -> None:
    stream, ticks = Terminal(), Ticks()
    progress = Progress(stream, unit="sự kiện", ticks=ticks)
    for done in (10_000, 20_000, 250_000, 1_000_000):
        ticks.now += 0.125 if done < 250_000 else 5
        progress.step("Chuỗi", done, 1_000_000)
    progress.close()
    assert shown(stream) == [
        "Chuỗi: 20.000/1.000.000 sự kiện · 80.000/giây · còn 12 giây",
        "Chuỗi: 250.000/1.000.000 sự kiện · 47.619/giây · còn 16 giây",
        "Chuỗi: 1.000.000/1.000.000 sự kiện · 97.560/giây · còn 0 giây",
    ]
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().endswith("\n")


def test_elsewhere_there_is_a_plain_line_every_few_seconds() -> None:
    stream, ticks = StringIO(), Ticks()
    progress = Progress(stream, unit="sự kiện", ticks=ticks)
    for second in range(13):
        ticks.now += 1
        progress.step("Chuỗi", second * 1000, 1_000_000)
    progress.close()
    assert shown(stream) == [
        "Chuỗi: 4.000/1.000.000 sự kiện · 800/giây · còn 20 phút 45 giây",
        "Chuỗi: 9.000/1.000.000 sự kiện · 900/giây · còn 18 phút 21 giây",
    ]
    assert "\r" not in stream.getvalue()


def test_what_is_done_within_a_moment_leaves_no_line_in_a_file() -> None:
    stream = StringIO()
    progress = Progress(stream, unit="sự kiện", ticks=Ticks())
    progress.step("Chuỗi", 5, 5)
    progress.close()
    assert stream.getvalue() == ""


def test_each_stage_has_its_own_line_and_its_own_speed() -> None:
    stream, ticks = Terminal(), Ticks()
    progress = Progress(stream, unit="sự kiện", ticks=ticks)
    for name, done in (("Ngày", 10), ("Chuỗi", 1), ("Chuỗi", 10)):
        ticks.now += 1
        progress.step(name, done, 10)
    progress.close()
    progress.close()
    lines = [line for line in shown(stream) if line]
    assert lines == [
        "Ngày: 10/10 sự kiện · 10/giây · còn 0 giây",
        "Chuỗi: 1/10 sự kiện · 1/giây · còn 9 giây",
        "Chuỗi: 10/10 sự kiện · 5/giây · còn 0 giây",
    ]
    assert stream.getvalue().count("\n") == 2


def test_a_stage_of_nothing_tells_no_speed() -> None:
    stream = Terminal()
    Progress(stream, unit="sự kiện", ticks=Ticks()).step("Chuỗi", 0, 0)
    assert shown(stream) == ["Chuỗi …"]


def test_where_nobody_knows_the_end_only_what_is_done_is_told() -> None:
    stream, ticks = Terminal(), Ticks()
    progress = Progress(stream, unit="hồ sơ", ticks=ticks)
    ticks.now += 1
    progress.step("Ghi lại sổ", 83_786, 0)
    assert shown(stream) == ["Ghi lại sổ: 83.786 hồ sơ"]
