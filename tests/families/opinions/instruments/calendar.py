"""The month once more: its weeks laid out by the standard library's calendar, its circles looked for on the sheet."""

import calendar
import re

import numpy as np
from printed import stands

HUES = {"red": (214, 39, 40), "blue": (31, 89, 200)}
NAMES = list(calendar.day_name)


def rederive(scene, question):
    year, month = scene["year"], scene["month"]
    last = calendar.monthrange(year, month)[1]
    weeks = np.array(calendar.monthcalendar(year, month))
    circled = [day for _, day in scene["circled"]]
    numbers = [int(n) for n in re.findall(r"\d+", question)]
    if "date of the" in question:
        nth, name = re.search(r"the (\w+) (\w+) in this month", question).groups()
        column = [day for day in weeks[:, NAMES.index(name)] if day]
        return str(column[{"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}[nth]])
    if "Monday to Friday" in question:
        kept = weeks[:, :5]
        return str(int(((kept >= circled[0]) & (kept <= circled[1])).sum()))
    if "red is the day" in question:
        return str(len(range(*circled)))
    if "watered" in question:
        return str(sum((day - circled[0]) % numbers[0] == 0 for day in range(circled[0], last + 1)))
    if "week" in question and "and" in question and "date" in question:
        return str(circled[0] + 7 * numbers[0] + numbers[1])
    day = circled[0] if circled else 0
    day += sum(numbers) + (last if "next month" in question else 0)
    first = np.datetime64(f"{year}-{month:02d}-01").astype("datetime64[D]").astype(int)
    return NAMES[(int(first) + day - 1 + 3) % 7]


def seen(picture, scene, question):
    first, last = calendar.monthrange(scene["year"], scene["month"])
    lead = (first + (scene["begins"] == "Sunday")) % 7
    at = {day: (0.095 + 0.135 * ((lead + day - 1) % 7), 0.32 + 0.12 * ((lead + day - 1) // 7)) for day in range(-6, 40)}
    for colour in HUES:
        hue = np.abs(picture - np.array(HUES[colour])).sum(-1) < 120
        wanted = [day for name, day in scene["circled"] if name == colour]
        if bool(wanted) != bool(hue.sum() > 20):
            return False
        if wanted:
            y, x = (places.mean() / 224 for places in np.nonzero(hue))
            if max(abs(x - at[wanted[0]][0]), abs(y - at[wanted[0]][1])) > 0.02:
                return False
    title = f"{calendar.month_name[scene['month']]} {scene['year']}"
    bare = {1, 2, last - 1, last} - {day for _, day in scene["circled"]}
    return stands(picture, title, (0.5, 0.09), 0.07) and all(stands(picture, str(day), at[day], 0.07) for day in bare)
