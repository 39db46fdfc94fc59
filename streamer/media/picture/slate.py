"""Draw a slate: the still that plain HTTP clients get while there is no picture."""

import io
import logging
import socket

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from streamer.border import pack_media_head
from streamer.media.picture.card import INK, INK_SOFT, SURFACE
from streamer.slate import SlateSpec

log = logging.getLogger(__name__)

_QUALITY = 85
_SHADE = 110  # of 255: how much of the background's light is left behind words


def run(sock: socket.socket, spec: SlateSpec) -> None:
    """Send one slate as a JPEG: the main of a process that does only that."""
    data = draw(spec)
    sock.sendall(pack_media_head(len(data)) + data)


def draw(spec: SlateSpec) -> bytes:
    """The slate as a JPEG of exactly its size."""
    image = _ground(spec)
    pen, unit = ImageDraw.Draw(image), max(8, min(spec.width, spec.height * 16 // 9) // 40)
    margin = 2 * unit
    words = (
        (spec.name, unit * 3 // 2, INK),
        (spec.reason, unit, INK),
        (spec.outlook, unit, INK_SOFT),
    )
    lines = [
        (line, ImageFont.load_default(size), size, colour)
        for text, size, colour in words
        for line in wrap(text, ImageFont.load_default(size), spec.width - 2 * margin)
    ]
    y = (spec.height - sum(size * 3 // 2 for _, _, size, _ in lines)) // 2
    for line, font, size, colour in lines:
        pen.text((spec.width // 2, y), line, fill=colour, font=font, anchor="ma")
        y += size * 3 // 2
    data = io.BytesIO()
    image.save(data, "JPEG", quality=_QUALITY)
    return data.getvalue()


def wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """The lines of a text, none wider than `width` pixels unless one word is."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _ground(spec: SlateSpec) -> Image.Image:
    size = (spec.width, spec.height)
    if spec.background is not None:
        try:
            with Image.open(spec.background) as picture:
                whole = ImageOps.fit(picture.convert("RGB"), size)
            return whole.point([level * _SHADE // 255 for level in range(256)] * 3)
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as exc:
            log.warning("event=slate-plain name=%s reason=%r", spec.name, str(exc))
    return Image.new("RGB", size, SURFACE)
