"""A cover for each demo piece: hills under a sun, drawn from its colours and its seed."""

from io import BytesIO
from math import sin

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from media.demo.piece import Piece

SIDE_PX = 900
_SMOOTH = 2
"""Drawn at twice the size and made smaller: soft edges."""


def draw_cover(piece: Piece) -> bytes:
    """The cover as JPEG, 900 x 900."""
    random = np.random.default_rng(piece.seed)
    ground, shape, accent = piece.colours
    side = SIDE_PX * _SMOOTH
    image = _sky(ground, shape, side)
    draw = ImageDraw.Draw(image)
    _sun(draw, accent, side, random)
    for n in range(5):
        _hill(draw, _between(shape, ground, n / 4), side, n, random)
    image = image.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    image = _grain(image, random)
    _title(ImageDraw.Draw(image), piece, accent)
    out = BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _sky(top: str, bottom: str, side: int) -> Image.Image:
    share = np.linspace(0, 1, side)[:, None, None] ** 1.5
    sky = (1 - share) * np.array(_rgb(top)) + share * np.array(_rgb(bottom))
    return Image.fromarray(np.broadcast_to(sky, (side, side, 3)).astype(np.uint8))


def _sun(draw: ImageDraw.ImageDraw, colour: str, side: int, random: np.random.Generator) -> None:
    x, y = side * random.uniform(0.3, 0.7), side * random.uniform(0.34, 0.46)
    radius = side * random.uniform(0.13, 0.2)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _hill(
    draw: ImageDraw.ImageDraw,
    colour: tuple[int, int, int],
    side: int,
    n: int,
    random: np.random.Generator,
) -> None:
    base = side * (0.52 + 0.1 * n)
    waves = [
        (random.uniform(0.02, 0.05), random.uniform(1, 4), random.uniform(0, 6)) for _ in range(3)
    ]
    ridge = [
        (
            x,
            base
            + side
            * sum(a * sin(f * 6.28 * x / side + p) / (1 + i) for i, (a, f, p) in enumerate(waves)),
        )
        for x in range(0, side + 8, 8)
    ]
    draw.polygon([*ridge, (side, side), (0, side)], fill=colour)


def _grain(image: Image.Image, random: np.random.Generator) -> Image.Image:
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.4)), np.float32)
    grains = random.normal(0, 4, (*pixels.shape[:2], 1))
    return Image.fromarray(np.clip(pixels + grains, 0, 255).astype(np.uint8))


def _title(draw: ImageDraw.ImageDraw, piece: Piece, colour: str) -> None:
    margin = SIDE_PX // 14
    draw.text((margin, margin), piece.title, fill=colour, font=ImageFont.load_default(66))
    draw.text((margin, margin + 82), piece.artist, fill=colour, font=ImageFont.load_default(30))


def _between(first: str, second: str, share: float) -> tuple[int, int, int]:
    red, green, blue = (
        round((1 - share) * a + share * b) for a, b in zip(_rgb(first), _rgb(second), strict=True)
    )
    return red, green, blue


def _rgb(colour: str) -> tuple[int, int, int]:
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 0xFF, value & 0xFF
