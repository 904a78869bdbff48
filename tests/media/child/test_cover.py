import io

import pytest
from PIL import Image

from media.child.cover import make_covers
from tests.media.bad_files import jpeg, png


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("width", "height", "cover"),
    [(2_000, 2_000, (1_024, 1_024)), (2_000, 1_000, (1_024, 512)), (300, 200, (300, 200))],
)
def test_a_picture_becomes_a_cover_and_a_square_thumbnail(
    width: int, height: int, cover: tuple[int, int]
) -> None:
    made = make_covers(jpeg(width, height))
    assert made is not None
    large, small = (opened(data) for data in made)
    assert (large.format, large.size) == ("JPEG", cover)
    assert (small.format, small.size) == ("JPEG", (256, 256))


def test_no_exif_is_left_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}  # where it was
    made = make_covers(jpeg(200, 100, exif=exif.tobytes()))
    assert made is not None
    assert opened(made[0]).size == (100, 200)
    assert not opened(made[0]).getexif()
    assert b"Exif" not in made[0]


def test_transparency_is_laid_on_white() -> None:
    made = make_covers(encoded(Image.new("RGBA", (50, 50), (255, 0, 0, 0)), "PNG"))
    assert made is not None
    assert opened(made[0]).getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_any_colour_model_becomes_rgb(mode: str) -> None:
    made = make_covers(jpeg(64, 64, mode=mode))
    assert made is not None
    assert opened(made[0]).mode == "RGB"


def test_of_an_animation_the_first_picture_counts() -> None:
    pictures = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    webp = encoded(pictures[0], "WEBP", save_all=True, append_images=pictures[1:], lossless=True)
    made = make_covers(webp)
    assert made is not None
    red, _, blue = opened(made[0]).convert("RGB").getpixel((20, 20))  # type: ignore[misc]
    assert red > 200 > blue


@pytest.mark.parametrize(
    "picture",
    [
        png(13_000, 13_000),
        png(6_000, 5_000),
        b"",
        b"\x89PNG\r\n\x1a\n",
        jpeg(300, 300)[:600],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(Image.new("RGB", (8, 8)), "BMP"),
    ],
    ids=["13,000 px", "30 Mpx", "empty", "no png", "cut", "svg", "bmp"],
)
def test_a_picture_that_cannot_be_used_is_none(picture: bytes) -> None:
    assert make_covers(picture) is None
