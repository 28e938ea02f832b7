import pytest

from postal_bridge.tracking.drawn import Drawing, drawing_bytes, drawing_svg, read_drawing

DRAWN = Drawing(300, 120, (((1, 2, 0), (10, 20, 16)), ((5, 5, 40),)))


def test_a_drawing_is_kept_as_it_was() -> None:
    assert read_drawing(drawing_bytes(DRAWN)) == DRAWN
    assert drawing_bytes(read_drawing(drawing_bytes(DRAWN))) == drawing_bytes(DRAWN)


def test_a_dot_is_a_line_too() -> None:
    picture = drawing_svg(DRAWN)
    assert 'points="1,2 10,20"' in picture
    assert 'points="5,5 5,5"' in picture


def test_what_is_no_drawing_is_not_read_as_one() -> None:
    with pytest.raises(ValueError):  # whatever it says
        read_drawing(b'{"width":"<svg/>"}')
