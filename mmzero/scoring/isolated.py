"""The other end of `isolate`: a process that loads one plugin and answers calls of it until nobody asks any more."""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
import time
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path

from mmzero.errors import UserError
from mmzero.recipe import plugins
from mmzero.recipe.tree import Plugin
from mmzero.scoring.invoke import invoke
from mmzero.scoring.judge import judge_of
from mmzero.scoring.plugin import bare, services_of
from mmzero.scoring.view import NOTHING


def serve(line: Connection) -> None:
    said, path = pickle.loads(line.recv_bytes())
    plugin = Plugin.model_validate_json(said)
    try:
        one = bare(plugin, plugins.load_file(plugin, Path(path)), Path(path))
    except UserError as error:
        line.send_bytes(json.dumps(str(error)).encode())
        return
    services = services_of(one.signature, judge_of(plugin.judge, NOTHING), NOTHING, one.closing)
    line.send_bytes(b'""')
    while True:
        try:
            given = pickle.loads(line.recv_bytes())
        except EOFError:  # the campaign is over
            return
        if one.signature.style == "own":
            given.by_name.update(services)
        outcomes = invoke(one.function, one.signature, one.per, given)
        line.send_bytes(json.dumps([asdict(outcome) for outcome in outcomes]).encode())


def _end_with(parent: int) -> None:
    """A reward that hangs would outlive a campaign that was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    serve(Connection(int(sys.argv[1])))
