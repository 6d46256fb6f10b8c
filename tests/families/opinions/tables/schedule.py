"""The timetable as real times of a day."""

import re
from datetime import datetime, timedelta

from printed import stands

DAY = datetime(2024, 1, 1)


def rederive(scene: dict, question: str) -> str:
    head = question.split(":")[0] if question.startswith("Which") else question
    calls = {
        letter: {stop: DAY + timedelta(minutes=minute) for stop, minute in zip(scene["stops"], run, strict=True)}
        for letter, run in zip("ABCD", scene["trains"], strict=False)
    }
    places = [word for word in re.findall(r"[A-Z][a-z]+", head) if word in scene["stops"]]
    clocks = [DAY.replace(hour=int(h), minute=int(m)) for h, m in re.findall(r"(\d+):(\d+)", question)]
    train = re.search(r"train ([A-D])\b", head)
    if train and "minutes" in head:
        return _minutes(calls[train[1]][places[1]] - calls[train[1]][places[0]])
    if train:
        return f"{calls[train[1]][places[0]]:%H:%M}"
    if head.startswith("Which"):
        return min(calls, key=lambda letter: calls[letter][places[1]] - calls[letter][places[0]])
    if "latest" in head:
        return f"{max(call[places[0]] for call in calls.values() if call[places[1]] <= clocks[0]):%H:%M}"
    following = min((call for call in calls.values() if call[places[0]] > clocks[0]), key=lambda call: call[places[0]])
    if "minutes" in head:
        return _minutes(following[places[0]] - clocks[0])
    return f"{following[places[-1]]:%H:%M}"


def _minutes(time: timedelta) -> str:
    return str(int(time.total_seconds() // 60))


def seen(picture, scene: dict, question: str) -> bool:
    rows, n = len(scene["stops"]) + 1, len(scene["trains"])
    row, wide = min(0.15, 0.94 / rows), 0.76 / n
    found = []
    for i, stop in enumerate(scene["stops"], 1):
        y = 0.5 + row * (i + 0.5 - rows / 2)
        found.append(stands(picture, stop, (0.045, y), 0.062, "lm"))
        for j, run in enumerate(scene["trains"]):
            time = DAY + timedelta(minutes=run[i - 1])
            found.append(stands(picture, f"{time:%H:%M}", (0.215 + wide * (j + 0.5), y), 0.062))
    return all(found)
