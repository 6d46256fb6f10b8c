"""A disk that takes no more, said in one sentence. Knows where a campaign lies, and nothing of what is written."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmzero.errors import CampaignStopped


@contextmanager
def taking(folder: Path) -> Iterator[None]:
    """What is written inside reaches the disk, or the campaign in `folder` stops: what it has committed stands."""
    try:
        yield
    except OSError as error:
        why = error.strerror or (os.strerror(error.errno) if error.errno else str(error))
        raise CampaignStopped(
            f"{folder} cannot be written ({why}); what is committed stands: give its disk room, then go on with:"
            f" mmzero resume {shlex.quote(str(folder))}"
        ) from error
