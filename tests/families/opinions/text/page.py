"""The page as one string, searched by the words of the question."""

import re

from printed import stands

READING = True  # the words on the page are what is asked for
ORDER = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}


def rederive(scene: dict, question: str) -> str:
    pages = "\n\n".join("\n\n".join("\n".join(part) for part in column) for column in scene["columns"])
    quoted, numbers = re.search(r"'(\w+)'", question), [int(number) for number in re.findall(r"\d+", question)]
    if question.startswith("How many times"):
        return str(len(re.findall(rf"\b{quoted[1]}\b", pages)))
    if quoted:
        return re.search(rf"\b{quoted[1]}\s+(\w+)", pages)[1]
    if "word number" in question:
        return re.findall(r"\w+", pages)[numbers[0] - 1]
    ordinals = [ORDER[word] for word in re.findall(r"\w+", question) if word in ORDER]
    parts = pages.split("\n\n")
    if "How many words" in question:
        return str(len(re.findall(r"\w+", parts[ordinals[0]])))
    part = parts[ordinals[1]] if "paragraph" in question else pages
    return part.splitlines()[numbers[0] - 1].split()[ordinals[0]]


def seen(picture, scene: dict, question: str) -> bool:
    found = [stands(picture, scene["heading"], (0.5, 0.095), 0.09)]
    for i, column in enumerate(scene["columns"]):
        down = 0.245
        for part in column:
            for line in part:
                found.append(stands(picture, line, (0.06 + 0.48 * i, down), 0.06, "lm"))
                down += 0.085
            down += 0.045
    return all(found)
