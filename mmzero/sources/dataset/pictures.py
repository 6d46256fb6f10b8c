"""A stranger's picture: whether it is one, how large, and as the PNG that is kept. Must not know which row it is of."""

from __future__ import annotations

import hashlib
import io

from mmzero.sources.dataset.cells import Bad

Size = tuple[int, int]  # width, height
_TURNED = range(5, 9)  # orientations in which a camera lay on its side


def looked_into(picture: bytes) -> Size:
    """How large it is when it stands upright. Refuses what is no picture, without decoding it."""
    from PIL import ExifTags, Image

    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.verify()
        with Image.open(io.BytesIO(picture)) as image:  # who has verified cannot read on
            wide, high = image.size
            lies = image.format != "PNG" and image.getexif().get(ExifTags.Base.Orientation) in _TURNED
        return (high, wide) if lies else (wide, high)
    except Exception as error:  # whatever a decoder raises over a stranger's file, it is the file that is broken
        raise Bad(f"has a broken picture ({_why(error)})") from error


def png(picture: bytes) -> bytes:
    """A PNG in colours or greys stays what it is, byte for byte; all else becomes one, turned as its camera says and on
    white where it can be seen through."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.load()
            if image.format == "PNG" and image.mode in ("RGB", "L", "P", "1") and not image.has_transparency_data:
                return picture
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:
                seen = Image.new("RGBA", upright.size, "white")
                upright = Image.alpha_composite(seen, upright.convert("RGBA"))
            buffer = io.BytesIO()
            upright.convert("RGB").save(buffer, "PNG", compress_level=1)
            return buffer.getvalue()
    except Exception as error:  # as above
        raise Bad(f"has a broken picture ({_why(error)})") from error


def fingerprint(picture: bytes) -> str:
    """Equal for equal pixels, in whatever format they are kept."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(picture)) as image:
            upright = ImageOps.exif_transpose(image).convert("RGB")
            return hashlib.sha256(repr(upright.size).encode() + upright.tobytes()).hexdigest()
    except Exception as error:  # as above
        raise Bad(f"has a broken picture ({_why(error)})") from error


def _why(error: Exception) -> str:
    from PIL import UnidentifiedImageError

    return "it is no picture" if isinstance(error, UnidentifiedImageError) else str(error) or type(error).__name__
