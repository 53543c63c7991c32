"""The department's colour as a small style sheet, readable whatever colour it is."""

from __future__ import annotations

AS_LINK = 5.2  # links also stand on the page's paper, which is a little darker than white


def theme(colour: str) -> str:
    """CSS variables for a colour like `#1a2b3c`: itself, writing on it (black or white), and as a link."""
    on_colour = "#ffffff" if contrast_with_white(colour) >= 4.5 else "#000000"
    link = colour
    while contrast_with_white(link) < AS_LINK:
        link = "#" + "".join(f"{channel * 9 // 10:02x}" for channel in _channels(link))
    return f":root {{ --department: {colour}; --on-department: {on_colour}; --link: {link}; }}\n"


def contrast_with_white(colour: str) -> float:
    """The contrast ratio with white, 1 to 21 (WCAG 2.2, relative luminance)."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
