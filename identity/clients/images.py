"""Which images we show of what clients send: PNG and JPEG of a bounded size, known by their own bytes.

No SVG, which can hold scripts and load from elsewhere, and nothing that a browser would have to guess at.
"""

import struct
from dataclasses import dataclass

MOST_PIXELS_A_SIDE = 2048
"""A few bytes may unpack to a picture that fills a browser's memory."""
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# ITU-T T.81 table B.1: the markers of frames, which name the size; DHT, JPG and DAC lie between.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Image:
    """An image that can be shown."""

    media_type: str
    content: bytes


def find_image(unverified_content: bytes) -> Image | None:
    """The image that these bytes are; None when we do not show such."""
    if unverified_content.startswith(_PNG):
        media_type, size = "image/png", _png_size(unverified_content)
    elif unverified_content.startswith(_JPEG):
        media_type, size = "image/jpeg", _jpeg_size(unverified_content)
    else:
        return None
    if size is None or not all(0 < side <= MOST_PIXELS_A_SIDE for side in size):
        return None
    return Image(media_type, unverified_content)


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height from the header chunk, which comes first (PNG §11.2.1)."""
    if len(content) < 24 or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Width and height from the first frame header (ITU-T T.81 §B.2.2)."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        if length < 2:
            return None
        at += 2 + length
    return None
