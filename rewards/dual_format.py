"""The form and the numbers of a list of boxes are both right, as the vision-guided Vision-R1 asks."""

from mmzero.answers import boxes, form, frames, written
from mmzero.answers.boxes import NOTHING


def template_and_numbers(
    response: str,
    answer: str | None,
    sizes: object = None,
    frame: str = "thousandths",
    thinks: bool = True,
    labelled: bool = True,
) -> tuple[float, dict[str, float | str]]:
    """1 where the response keeps its form (if it `thinks`), the answer is a list of objects that have a `bbox_2d` and
    (if `labelled`) a `label`, and every box has four ordered numbers inside its frame."""
    value = written.data(answer, boxes.MOST_CHARACTERS)
    keys = {"bbox_2d", "label"} if labelled else {"bbox_2d"}
    listed = isinstance(value, list) and all(isinstance(one, dict) and keys <= one.keys() for one in value)
    template = listed and (form.think_answer(response) or not thinks)
    said = boxes.read(answer)
    wide, high = frames.reach(frame, sizes)
    numbers = said.status != "unreadable" and all(
        box != NOTHING and min(box) >= 0 and box[2] <= wide and box[3] <= high
        for box in (one.box for one in said.found)
    )
    parts = {"template": float(template), "numbers": float(numbers), "read": said.status}
    return float(template and numbers), parts
