"""Cover pictures: whatever came with the track, as two clean JPEGs. Runs in the media child.

Re-encoding drops EXIF (with its GPS position), profiles, animation and anything hidden behind the
picture.
"""

import copy  # noqa: F401  # Pillow asks for it at the first GIF, when no module can be read
import warnings
from io import BytesIO

from PIL import (
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

COVER_PX = 1_024
THUMBNAIL_PX = 256
MAX_PIXELS = 25_000_000
"""5,000 x 5,000. One of 13,000 x 13,000 in 0.5 MB of PNG takes 2 GB to look at."""

_FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    GifImagePlugin.GifImageFile.format,
)


def make_covers(picture: bytes) -> tuple[bytes, bytes] | None:
    """The cover (at most 1,024 px a side) and the thumbnail (256 x 256), both JPEG.

    Of an animation it is the first frame. None for anything that is no whole JPEG, PNG, WebP or
    GIF of sane size: a bad picture never harms its track.
    """
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(picture), formats=_FORMATS) as opened:
                if opened.width * opened.height > MAX_PIXELS or min(opened.size) < 1:
                    return None
                # A large JPEG is decoded at a fraction of its size.
                opened.draft("RGB", (2 * COVER_PX, 2 * COVER_PX))
                upright = _flat(ImageOps.exif_transpose(opened))
    except (OSError, ValueError, SyntaxError, Warning, MemoryError, Image.DecompressionBombError):
        return None
    upright.thumbnail((COVER_PX, COVER_PX), Image.Resampling.LANCZOS)
    square = ImageOps.fit(upright, (THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
    return _jpeg(upright, 88), _jpeg(square, 82)


def _flat(image: Image.Image) -> Image.Image:
    """RGB, with transparency laid on white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()
