"""The receipt once more in exact decimals."""

from decimal import Decimal

from printed import stands


def rederive(scene: dict, question: str) -> str:
    lines = {
        thing: (number, Decimal(price) / 100, Decimal(said) / 100) for thing, number, price, said in scene["items"]
    }
    if "wrong" in question:
        (wrong,) = [thing for thing, (number, price, said) in lines.items() if number * price != said]
        return wrong
    total = sum(number * price for number, price, _ in lines.values())
    if "after" in question:
        total -= total * Decimal(scene["off"]) / 100
    if "change" in question:
        return _plain(Decimal(scene["paid"]) / 100 - total)
    if "line" in question:
        return _plain(
            total - sum(said for thing, (*_, said) in lines.items() if thing not in question.split("the line")[1])
        )
    return _plain(total)


def _plain(money: Decimal) -> str:
    return f"{float(money):g}"


def seen(picture, scene: dict, question: str) -> bool:
    """Each thing's line and the sum given below; what a question mark hides is not to be seen."""
    form = (lambda cents: str(cents // 100)) if scene["coins"] else (lambda cents: f"{cents / 100:.2f}")
    by, items = scene["by"], scene["items"]
    feet = {"wrong": 0, "discount": 2, "change": 2, "bill": 3}.get(by, 1)
    top = 0.4875 - 0.094 * (len(items) + feet + 1.6) / 2
    ys = [top + 0.094 * (i + 1.8 - 0.1 * (i < len(items))) for i in range(len(items) + feet)]
    found = [stands(picture, thing, (0.1, y), 0.07, "lm") for (thing, *_), y in zip(items, ys, strict=False)]
    for i, (_, number, price, said) in enumerate(items):
        each = f"{number} x {form(price)}"
        right = each if by in ("times", "bill") else "?" if by == "missing" and i == scene["at"] else form(said)
        found.append(stands(picture, right, (0.9, ys[i]), 0.07, "rm"))
        found.append(by != "wrong" or stands(picture, each, (0.52, ys[i]), 0.07))
    if scene["paid"]:
        found.append(stands(picture, form(scene["paid"]), (0.9, ys[-2]), 0.07, "rm"))
    if scene["off"]:
        found.append(stands(picture, f"{scene['off']} %", (0.9, ys[len(items)]), 0.07, "rm"))
    if by in ("price", "missing"):
        found.append(stands(picture, form(sum(n * price for _, n, price, _ in items)), (0.9, ys[-1]), 0.07, "rm"))
    return all(found)
