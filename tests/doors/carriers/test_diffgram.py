"""DataSets as servers write them: with a schema and without, nested, nil, and spoilt."""

import pytest

from postal_bridge.carriers.diffgram import (
    ForbiddenXmlError,
    NotXmlError,
    has_tables,
    parsed,
    read_tables,
)

NAMESPACES = (
    'xmlns:diffgr="urn:schemas-microsoft-com:xml-diffgram-v1" '
    'xmlns:msdata="urn:schemas-microsoft-com:xml-msdata" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
SCHEMA = (
    '<xs:schema id="NewDataSet"><xs:element name="NewDataSet" msdata:IsDataSet="true">'
    '<xs:complexType><xs:choice><xs:element name="T"/></xs:choice></xs:complexType>'
    "</xs:element></xs:schema>"
)


def answer(inside: str, *, schema: str = "") -> bytes:
    result = f'<R xmlns="vnpost.ws" {NAMESPACES}>{schema}{{}}</R>'
    return result.format(f'<diffgr:diffgram xmlns="">{inside}</diffgr:diffgram>').encode()


def row(columns: str, *, order: int = 0, table: str = "T") -> str:
    marks = f'diffgr:id="{table}{order + 1}" msdata:rowOrder="{order}"'
    return f"<{table} {marks}>{columns}</{table}>"


@pytest.mark.parametrize("schema", ["", SCHEMA])
def test_tables_by_name_rows_in_order_columns_as_text(schema: str) -> None:
    inside = row("<A> Lạng Sơn </A><B/>") + row("<A>2</A>", order=1) + row("<C>x</C>", table="U")
    document = parsed(answer(f"<NewDataSet>{inside}</NewDataSet>", schema=schema))
    assert has_tables(document)
    assert read_tables(document) == {
        "T": [{"A": "Lạng Sơn", "B": ""}, {"A": "2"}],
        "U": [{"C": "x"}],
    }


def test_the_data_set_may_have_any_name_and_namespace() -> None:
    inside = f'<TheirData xmlns="http://a.example/">{row("<A>1</A>")}</TheirData>'
    assert read_tables(parsed(answer(inside))) == {"T": [{"A": "1"}]}


@pytest.mark.parametrize("inside", ["", "<NewDataSet/>"])
def test_without_rows_there_are_no_tables(inside: str) -> None:
    assert read_tables(parsed(answer(inside, schema=SCHEMA))) == {}
    assert has_tables(parsed(answer(inside)))
    assert not has_tables(parsed(b"<R><T><A>1</A></T></R>"))


def test_what_was_before_and_what_was_wrong_is_left_out() -> None:
    inside = (
        f"<NewDataSet>{row('<A>now</A>')}</NewDataSet>"
        f"<diffgr:before>{row('<A>then</A>')}</diffgr:before>"
        f"<diffgr:errors>{row('<A>wrong</A>')}</diffgr:errors>"
    )
    assert read_tables(parsed(answer(inside))) == {"T": [{"A": "now"}]}


def test_nested_tables_are_tables_too() -> None:
    inner = row("<B>1</B>", table="Inner")
    inside = f"<NewDataSet>{row('<A>1</A>' + inner)}</NewDataSet>"
    assert read_tables(parsed(answer(inside))) == {"T": [{"A": "1"}], "Inner": [{"B": "1"}]}


def test_a_row_of_nothing_is_a_row_and_nil_is_nothing() -> None:
    inside = row("") + row('<A xsi:nil="true"/>', order=1)
    assert read_tables(parsed(answer(f"<NewDataSet>{inside}</NewDataSet>"))) == {
        "T": [{}, {"A": ""}]
    }


def test_names_are_read_as_they_were_before_xml() -> None:
    inside = row("<Ng_x00E0_y_x0020_gi_x1EDD_>1</Ng_x00E0_y_x0020_gi_x1EDD_>")
    assert read_tables(parsed(answer(f"<NewDataSet>{inside}</NewDataSet>"))) == {
        "T": [{"Ngày giờ": "1"}]
    }


BOMB = (
    '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">'
    + "".join(f'<!ENTITY b{n} "{f"&b{n - 1 or str()};" * 10}">' for n in range(1, 9))
    + "]><a>&b8;</a>"
)


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>',
        '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><a/>',
        BOMB,
    ],
)
def test_a_document_type_is_refused(document: str) -> None:
    with pytest.raises(ForbiddenXmlError):
        parsed(document.encode())


@pytest.mark.parametrize("document", ["", "<a><b></a>", "<a", "{}", "<a>&unknown;</a>"])
def test_what_is_not_whole_is_no_document(document: str) -> None:
    with pytest.raises(NotXmlError):
        parsed(document.encode())
