"""Which pictures of clients are shown."""

import pytest

from identity.clients.images import MOST_PIXELS_A_SIDE, find_image
from tests.factories.images import jpeg_beginning, png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def test_a_png_is_shown_as_what_it_is() -> None:
    image = find_image(png())
    assert image is not None
    assert (image.media_type, image.content) == ("image/png", png())


def test_a_jpeg_is_shown_as_what_it_is() -> None:
    image = find_image(jpeg_beginning(64, 32))
    assert image is not None
    assert image.media_type == "image/jpeg"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SVG,
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"GIF89a\x01\x00\x01\x00",
        png()[:20],
        png().replace(b"IHDR", b"IDAT"),
        b"\xff\xd8\xff\xe0\x00\x01" + bytes(20),
        jpeg_beginning(8, 8)[:-8],
        b"\xff\xd8\xff" + b"\xff" * 40,
    ],
    ids=["nothing", "svg", "html", "gif", "cut", "no-header", "no-length", "cut-jpeg", "fill"],
)
def test_anything_else_is_not_shown(content: bytes) -> None:
    """An SVG can hold scripts and load from elsewhere; a browser would guess at the rest."""
    assert find_image(content) is None


@pytest.mark.parametrize(
    "content",
    [
        png(1, 1).replace(b"\x00\x00\x00\x01\x00\x00\x00\x01", b"\x00\x00\xff\xff\x00\x00\xff\xff", 1),
        png(0, 1),
        jpeg_beginning(MOST_PIXELS_A_SIDE + 1, 8),
        jpeg_beginning(8, 0),
    ],
    ids=["huge", "empty", "wide", "flat"],
)
def test_a_picture_that_would_fill_memory_or_is_none_is_not_shown(content: bytes) -> None:
    assert find_image(content) is None
