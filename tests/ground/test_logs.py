import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from typing_extensions import override

from postal_bridge.logs import (
    about,
    configure_logging,
    get_logger,
    mask_email,
    mask_facts,
    mask_identity,
    mask_name,
    mask_phone,
    mask_text,
)

LOG = get_logger("postal_bridge.trial")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Log into memory and put everything back as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    configure_logging("info", stream=written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_a_utc_time_and_readable_vietnamese(
    stream: io.StringIO,
) -> None:
    LOG.info("dossier.received", department="Sở Tư pháp", count=3)
    assert "Sở Tư pháp" in stream.getvalue()
    (line,) = lines(stream)
    assert line["event"] == "dossier.received"
    assert line["level"] == "info"
    assert line["logger"] == "postal_bridge.trial"
    assert line["count"] == 3
    assert datetime.fromisoformat(line["timestamp"]).tzinfo == UTC


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    LOG.debug("nothing")
    LOG.warning("something")
    assert [line["event"] for line in lines(stream)] == ["something"]


def test_configuring_again_does_not_write_every_line_twice(stream: io.StringIO) -> None:
    configure_logging("error", stream=stream)
    LOG.info("nothing")
    LOG.error("once")
    assert [line["event"] for line in lines(stream)] == ["once"]


def test_what_is_said_about_a_request_stands_on_each_of_its_lines(stream: io.StringIO) -> None:
    with about(request_id="r1"), about(phone="0987654321"):
        LOG.info("inside")
    LOG.info("outside")
    inside, outside = lines(stream)
    assert (inside["request_id"], inside["phone"]) == ("r1", "******4321")
    assert "request_id" not in outside


def test_libraries_that_log_in_the_standard_way_are_masked_too(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("sent to %s by %s", "an@example.vn", "0987 654 321")
    (line,) = lines(stream)
    assert line["event"] == "sent to a***@example.vn by ******4321"


def test_an_accident_is_told_with_its_trace_and_without_personal_data(stream: io.StringIO) -> None:
    def save() -> None:
        raise ValueError("INSERT ... [parameters: ('Nguyễn Văn An', '0987654321')]")

    try:
        save()
    except ValueError:
        LOG.exception("save.failed", code="000.00.06.H37-190110-0001")
    (line,) = lines(stream)
    assert "Traceback" in line["exception"]
    assert "Nguyễn" not in stream.getvalue()
    assert "0987654321" not in stream.getvalue()
    assert line["code"] == "000.00.06.H37-190110-0001"


def test_before_logging_is_configured_a_warning_shows_no_facts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    LOG.warning("early", applicant_name="Nguyễn Văn An")
    assert "Nguyễn" not in "".join(capsys.readouterr())


def test_names_numbers_and_addresses_are_masked_as_the_public_look_up_shows_them() -> None:
    assert mask_name("Nguyễn Văn An") == "N. V. A."
    assert mask_name("  đặng   thị ánh ") == "Đ. T. Á."
    assert mask_name("") == ""
    assert mask_phone("0987654321") == "******4321"
    assert mask_phone("+84 987 654 321") == "******4321"
    assert mask_phone("113") == "******"
    assert mask_identity("001085012345") == "*********345"
    assert mask_identity("123") == "*********"
    assert mask_email("an.nguyen@example.vn") == "a***@example.vn"
    assert mask_email("nobody") == "***"


@pytest.mark.parametrize(
    "key",
    [
        "name", "fullname", "full_name", "applicant_name", "applicantName", "ReceiverFullname",
        "applicant", "receiver", "sender", "ho_ten", "hoTen", "chuHoSo", "names",
    ],
)  # fmt: skip
def test_names_are_masked_under_every_key_that_the_systems_use(key: str) -> None:
    assert mask_facts({key: "Nguyễn Văn An"}) == {key: "N. V. A."}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("phone", "0987654321"),
        ("SenderTel", "0987654321"),
        ("contactTelNo", 987654321),
        ("soDienThoai", "0987654321"),
        ("id_number", "001085012345"),
        ("applicantIdNo", "001085012345"),
        ("cccd", "001085012345"),
        ("address", "12 Hùng Vương"),
        ("diaChi", "12 Hùng Vương"),
        ("ReceiverAddress", "12 Hùng Vương"),
        ("email", "an@example.vn"),
        ("contactEmail", "an@example.vn"),
        ("password", "hunter2"),
        ("Authorization", "Bearer abc"),
        ("session_token", "abc"),
        ("callback-secret", "abc"),
        ("Set-Cookie", "abc"),
        ("birth_day", "01/01/1990"),
    ],
)
def test_personal_data_and_secrets_are_masked_under_their_keys(key: str, value: object) -> None:
    shown = mask_facts({key: value})[key]
    assert "*" in shown
    assert str(value) not in shown


def test_masking_reaches_every_depth() -> None:
    facts = {
        "batch": [{"dossier": {"applicant": {"name": "Nguyễn Văn An", "phones": ["0987654321"]}}}]
    }
    assert mask_facts(facts) == {
        "batch": [{"dossier": {"applicant": {"name": "N. V. A.", "phones": ["******4321"]}}}]
    }
    assert mask_facts({"token": {"a": "secret words"}}) == {"token": "***"}


def test_a_record_is_told_by_its_fields_and_an_unknown_object_by_its_class() -> None:
    class Person(BaseModel):
        name: str

    @dataclass
    class Parcel:
        receiver: str
        price: Decimal

    class Opaque:
        @override
        def __repr__(self) -> str:
            return "Nguyễn Văn An"

    assert mask_facts({"a": Person(name="Lê An")}) == {"a": {"name": "L. A."}}
    assert mask_facts({"a": Parcel("Lê An", Decimal(5))}) == {
        "a": {"receiver": "L. A.", "price": "5"}
    }
    assert mask_facts({"a": Opaque()}) == {"a": "<Opaque>"}


def test_names_of_things_and_plain_figures_are_left_alone() -> None:
    facts = {
        "username": "an.nv", "department_name": "Sở Tư pháp", "carrier_name": "own_fleet",
        "count": 596, "fees_vnd": 118_999_000, "on_time": True, "nothing": None, "seconds": 0.25,
    }  # fmt: skip
    assert mask_facts(facts) == facts


@pytest.mark.parametrize(
    "code",
    [
        "000.00.06.H56-231027-0361", "000.00.06.H37-190110-000123456", "H56.14-240823-0001",
        "G09.20-20260609-0092637", "000.00.06.H37-190110-0001/H1", "TUI-190110-0001-8",
        "NP-0000001-3", "BG-H37-190110-0001-8", "BL-19-000001-4",
        "VD-000.00.06.H37-190110-0001-1-1-5", "RB123456785GB", "106141412345678908",
        "1.004946.000.00.00.H51", "1.005129", "10/01/2019 07:30", "2019-01-10T00:30:00.123456+00:00",
        "01234567-0123-0123-0123-012345678901", "119.000.000 đồng", "596 hồ sơ",
    ],
)  # fmt: skip
def test_codes_dates_and_sums_survive_in_free_text(code: str) -> None:
    assert mask_text(f"hồ sơ {code}, xong.") == f"hồ sơ {code}, xong."


@pytest.mark.parametrize(
    "secret",
    [
        "0987654321", "0912 345 678", "0912.345.678", "0912-345-678", "+84987654321",
        "+84 987 654 321", "84987654321", "024 3825 1234", "(024) 3825 1234", "123456789",
        "001085012345", "an.nguyen@example.vn",
    ],
)  # fmt: skip
def test_numbers_of_persons_do_not_survive_in_free_text(secret: str) -> None:
    assert secret not in mask_text(f"gọi {secret}, nhờ chuyển.")
    assert secret not in mask_text(f"/track?q={secret}")


@pytest.mark.parametrize(
    "text",
    [
        "postgresql+asyncpg://me:hunter2@host/db",
        "Authorization: Bearer hunter2hunter2",
        "login?password=hunter2&x=1",
        "token: hunter2",
    ],
)
def test_secrets_do_not_survive_in_free_text(text: str) -> None:
    assert "hunter2" not in mask_text(text)


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True), st.text("abc đ,;:()?", max_size=20))
def test_no_phone_number_survives_wherever_it_stands(phone: str, around: str) -> None:
    assert phone not in mask_text(f"{around} {phone} {around}")
    assert phone not in json.dumps(mask_facts({"note": [{"x": f"{phone},{around}"}]}))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_anything_at_all_can_be_logged(value: object) -> None:
    json.dumps(mask_facts({"value": value}))
