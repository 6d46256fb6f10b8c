"""Second opinion on `analogy`: whatever change takes the first panel to the second is done to the third, in every way
that it may be read; all readings must leave one option."""

from panels import options_show, shows


def _readings(a, b, c, attribute):
    if a == b:
        return {c}
    if isinstance(a, str):
        assert a == c, "what a value of its own becomes is not shown"
        return {b}
    if attribute == 4:
        mirrors = {(axis - c) % 8 for axis in range(0, 8, 2) if (axis - a) % 8 == b}
        return {(c + b - a) % 8} | mirrors
    return {c + b - a} | ({c * b // a} if attribute == 3 and c * b % a == 0 else set())


def _swaps(panel):
    shape, colour, size, count, turn, inner, tint = panel
    yield [inner, colour, size, count, turn, shape, tint]
    yield [shape, tint, size, count, turn, inner, colour]
    yield [inner, tint, size, count, turn, shape, colour]


def rederive(scene, question):
    a, b, c = scene["panels"]
    if a[5]:
        fits = [after for before, after in zip(_swaps(a), _swaps(c), strict=True) if before == b]
        assert len(fits) == 1
        return "ABCD"[scene["options"].index(fits[0])]
    coming = [_readings(*values, i) for i, values in enumerate(zip(a, b, c, strict=True))]
    fits = [all(value in able for value, able in zip(one, coming, strict=True)) for one in scene["options"]]
    (place,) = [i for i, fit in enumerate(fits) if fit]
    return "ABCD"[place]


def seen(picture, scene, question):
    a, b, c = scene["panels"]
    at = [(0.5 - 0.188, 0.15, a), (0.5 + 0.188, 0.15, b), (0.5 - 0.188, 0.42, c)]
    return all(shows(picture, x, y, 0.107, panel) for x, y, panel in at) and options_show(
        picture, 0.107, scene["options"]
    )
