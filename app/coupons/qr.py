"""How is a code shown to a scanner?"""

from functools import lru_cache
from io import BytesIO

import segno

_MASK = 2  # any of the eight can be read; choosing the prettiest takes most of the time


@lru_cache(maxsize=512)
def qr_svg(code: str) -> str:
    """The code as an SVG image of less than 2 kB, black on white: no script, no link, as large as its frame."""
    image = BytesIO()
    segno.make(code, error="m", micro=False, mask=_MASK).save(
        image, kind="svg", xmldecl=False, omitsize=True, light="#fff", nl=False, svgclass=None, lineclass=None
    )
    return image.getvalue().decode()
