"""A model that judges: asked once for what is equal, several things at a time, no faster than it may be, and never taken
for a number where it says nothing that can be read."""

import base64
import threading
import time

import pytest
from judge_material import serving
from PIL import Image
from play_material import answers, says, task

from mmzero import waits
from mmzero.errors import CampaignStopped, EngineError, UserError
from mmzero.recipe.tree import Judge as Settings
from mmzero.recipe.tree import Plugin
from mmzero.scoring import Surroundings, load, score
from mmzero.scoring.judge import Pace, Unknown, judge_of
from mmzero.types import Cursor, Episode

CURSOR = Cursor(5, 0, 1, 3)
NOWHERE = Surroundings()


@pytest.fixture
def serve():
    with serving() as start:
        yield start


def judge(server, **how):
    return judge_of(Settings(address=server.address, model="m", **how), NOWHERE)


def prompt(body):
    return body["messages"][0]["content"]


def test_it_is_asked_as_openai_is_and_says_what_it_says(serve, tmp_path):
    server = serve(lambda body: f"heard {prompt(body)}")
    (tmp_path / "key").write_text("secret\n")
    assert judge(server, key_file=str(tmp_path / "key"), max_tokens=9)("you") == "heard you"
    ((path, headers, body),) = server.asked
    assert path == "/v1/chat/completions" and headers["Authorization"] == "Bearer secret"
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("m", 9, 0)


def test_pictures_travel_as_png(serve):
    server = serve(lambda body: "seen")
    assert judge(server)("look", [Image.new("RGB", (3, 2), "red")]) == "seen"
    picture, text = prompt(server.asked[0][2])
    kind, _, data = picture["image_url"]["url"].partition(",")
    assert kind == "data:image/png;base64" and base64.b64decode(data).startswith(b"\x89PNG") and text["text"] == "look"


def test_what_is_equal_is_asked_once_even_at_the_same_time(serve):
    def slow(body):
        time.sleep(0.2)
        return prompt(body)

    server = serve(slow)
    one = judge(server)
    threads = [threading.Thread(target=one, args=(text,)) for text in "aaab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one("a") == "a" and sorted(prompt(body) for _, _, body in server.asked) == ["a", "b"]


def test_no_more_questions_are_under_way_than_may_be(serve):
    server = serve(lambda body: time.sleep(0.1) or "well")
    one = judge(server, concurrency=2)
    threads = [threading.Thread(target=one, args=(text,)) for text in "abcde"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 5 and server.most <= 2


def test_what_failed_is_not_remembered(serve):
    replies = iter([(400, b""), "well"])
    one = judge(serve(lambda body: next(replies)))
    with pytest.raises(Unknown):
        one("x")
    assert one("x") == "well"


BAD = {
    "refuses": (lambda body: (400, b"no such model"), "status 400: 'no such model'", 1),
    "fails": (lambda body: (500, b""), "status 500", 3),
    "no JSON": (lambda body: (200, b"<html>"), "'<html>', which holds no message", 1),
    "no message": (lambda body: (200, b'{"choices": []}'), "holds no message", 1),
    "no text": (lambda body: (200, b'{"choices": [{"message": {"content": null}}]}'), "holds no message", 1),
}


@pytest.mark.parametrize(("reply", "said", "times"), BAD.values(), ids=BAD)
def test_what_it_cannot_say_is_unknown(serve, reply, said, times):
    server = serve(reply)
    with pytest.raises(Unknown, match=said):
        judge(server)("x")
    assert len(server.asked) == times  # only what may pass is asked again


def test_it_is_not_waited_for_forever(serve):
    late = threading.Event()
    with pytest.raises(Unknown, match="does not answer"):
        judge(serve(lambda body: late.wait(20) or "late"), timeout=0.2)("x")
    late.set()


def test_where_nobody_listens_is_said():
    with pytest.raises(Unknown, match=r"http://127\.0\.0\.1:9 does not answer"):
        judge_of(Settings(address="http://127.0.0.1:9", model="m", retries=0), NOWHERE)("x")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:abc/v1", "http://:8000/v1", "http://host:99999", "http://[::1/v1"]
)
def test_an_address_that_leads_nowhere_is_refused_before_anything_starts(address):
    with pytest.raises(ValueError, match="names no host or no port; write http://HOST:PORT/v1"):
        Settings(address=address, model="m")
    assert Settings(address="http://[::1]:8000/v1", model="m").address


def test_it_may_answer_when_it_is_asked_again(serve):
    replies = iter([(503, b""), "well"])
    assert judge(serve(lambda body: next(replies)))("x") == "well"


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("Yes", True),
        ("I think\nNo.\n", False),
        ("answer: YES!", True),
        ("yes or no", None),
        ("perhaps", None),
        ("", None),
    ],
)
def test_a_verdict_is_yes_or_no_alone(serve, said, verdict):
    one = judge(serve(lambda body: said))
    if verdict is None:
        with pytest.raises(Unknown, match="was to say yes or no"):
            one.verdict("x")
    else:
        assert one.verdict("x") is verdict


@pytest.mark.parametrize(
    ("said", "number"), [("0.5", 0.5), ("so\n 1", 1.0), ("7 of 10", None), ("1.5", None), ("nan", None), ("-1", None)]
)
def test_a_number_stands_alone_and_within_bounds(serve, said, number):
    one = judge(serve(lambda body: said))
    if number is None:
        with pytest.raises(Unknown, match="one number from 0 to 1"):
            one.number("x")
    else:
        assert one.number("x") == number


def test_no_more_are_asked_in_any_minute_than_may_be():
    now, slept = [0.0], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(2, now=lambda: now[0], sleep=sleep)
    for gap in (0, 10, 5, 0, 100):
        now[0] += gap
        pace.wait()
    assert slept == [45.0, 10.0, 0.0]  # the third waits for the first to be a minute old, the fourth for the second
    Pace(None, sleep=sleep).wait()
    assert len(slept) == 3


@pytest.mark.parametrize("content", [None, "", "two\nlines", "k\u00e9y"])
def test_a_key_that_is_none_is_the_users_to_mend(tmp_path, content):
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UserError, match="key_file"):
        judge_of(Settings(address="http://a", model="m", key_file=str(file)), NOWHERE)


# --- a reward that asks one

JUDGED = """
def own(answer, judge):
    return judge.verdict(f"Is {answer} even? Say yes or no.")
"""
EPISODE = [Episode(task=task(), rollouts=tuple(answers(text, sibling=i) for i, text in enumerate("24161")))]


def judged(folder, how, around=NOWHERE, text=JUDGED, **more):
    (folder / "own.py").write_text(text)
    return load(Plugin(use="own.py:own", judge=how, **more), folder / "own.py", around)


def paid(one, around=NOWHERE):
    found = score(EPISODE, [one], CURSOR, {}, 1.0, around=around)
    one.close()
    return [each.missing or each.reward for each in found]


def even(body):
    time.sleep(0.05)
    digit = prompt(body)[3]
    return "I cannot tell" if digit == "4" else "yes" if digit in "246" else "no"


EXPECTED = [1.0, "own.own raised Unknown: the judge was to say yes or no and said 'I cannot tell'", 0.0, 1.0, 0.0]


def test_several_answers_are_judged_at_once_and_nonsense_is_missing(serve, tmp_path):
    server = serve(even)
    assert paid(judged(tmp_path, {"address": server.address, "model": "m", "concurrency": 3})) == EXPECTED
    assert 1 < server.most <= 3 and len(server.asked) == 4


def test_a_judge_can_be_asked_from_an_async_reward_and_from_a_process_of_its_own(serve, tmp_path):
    server = serve(even)
    how = {"address": server.address, "model": "m"}
    text = (
        "import asyncio\nasync def own(answer, judge):\n return await asyncio.to_thread(judge.verdict, f'Is {answer}?')"
    )
    assert paid(judged(tmp_path, how, text=text)) == EXPECTED
    assert paid(judged(tmp_path, how, isolate=True)) == EXPECTED


def test_a_judge_that_is_silent_leaves_rewards_missing(serve, tmp_path):
    server = serve(lambda body: time.sleep(2) or "yes")
    one = judged(tmp_path, {"address": server.address, "model": "m", "timeout": 0.2, "retries": 0})
    assert all("does not answer (timed out)" in said for said in paid(one))


HUNG = {
    "beside each other": ("def own(answer, judge):\n return judge.verdict(answer)", {}, 2),
    "async": (
        "import asyncio\nasync def own(answer, judge):\n return await asyncio.to_thread(judge.verdict, answer)",
        {},
        2,
    ),
    "one after the other, elsewhere": ("def own(answer, judge):\n return judge.verdict(answer)", {"isolate": True}, 1),
}


@pytest.mark.parametrize(("text", "how", "at_once"), HUNG.values(), ids=HUNG)
def test_a_judge_that_hangs_is_not_waited_for_once_an_answer(serve, tmp_path, text, how, at_once):
    """Past what may be missing the step is lost: with a minute's patience, thousands of answers would take a day."""
    late = threading.Event()
    server = serve(lambda body: late.wait(60) or "yes")
    asked = {"address": server.address, "model": "m", "concurrency": 2, "timeout": 0.3, "retries": 1}
    one = judged(tmp_path, asked, text=text, timeout=30, **how)
    said = tuple(answers(f"answer {i}", sibling=i) for i in range(9))
    with pytest.raises(CampaignStopped, match=r"9 of 9 rewards of step 5 .* does not answer \(timed out\)"):
        score([Episode(task=task(), rollouts=said)], [one], CURSOR, {}, 0.1)
    late.set()
    one.close()
    assert len({prompt(body) for _, _, body in server.asked}) <= 2 * at_once
    assert len(server.asked) == 2 * len({prompt(body) for _, _, body in server.asked}), "each was asked once more"


def test_who_looks_on_can_see_that_a_judge_is_waited_for(serve, tmp_path):
    """Also in a process of its own, where it has the time for its retries."""
    seen = []

    def replies(body):
        time.sleep(0.05)
        seen.extend(waits.under_way())
        return "yes"

    server = serve(replies)
    asked = {"address": server.address, "model": "m", "timeout": 20, "retries": 1}
    for how in ({}, {"isolate": True}):
        seen.clear()
        assert paid(judged(tmp_path, asked, timeout=1, **how)) == [1.0] * 5
        assert {(one.whom, one.deadline) for one in seen} == {("the reward own.py:own", 1 + 2 * 20 + 0.25)}


class Sampler:
    """Answers as a campaign's sampler does, and may fail."""

    version = 0

    def __init__(self, fails=0):
        self.batches, self.fails = [], fails

    def play(self, asks):
        asks = list(asks)
        self.batches.append([ask.text for ask in asks])
        time.sleep(0.05)
        if self.fails:
            self.fails -= 1
            raise EngineError("it fell over")
        for ask in asks[::-1]:
            yield (says(even({"messages": [{"content": ask.text}]}), ask.task, role="judge"),)


def test_a_sampler_of_the_campaign_judges_what_has_gathered_together(tmp_path):
    sampler = Sampler()
    around = Surroundings(samplers={"main": sampler}, put=lambda png: "hash")
    assert paid(judged(tmp_path, {"policy": "main", "concurrency": 4}, around), around) == EXPECTED
    assert sum(map(len, sampler.batches)) == 4 and len(sampler.batches) < 4  # equal questions once, not one by one


def test_a_sampler_that_fails_is_asked_again_and_then_named(tmp_path):
    around = Surroundings(samplers={"main": Sampler(fails=1)}, put=lambda png: "hash")
    assert paid(judged(tmp_path, {"policy": "main", "concurrency": 1, "retries": 1}, around), around) == EXPECTED
    around = Surroundings(samplers={"main": Sampler(fails=99)}, put=lambda png: "hash")
    one = judged(tmp_path, {"policy": "main", "retries": 0}, around)
    assert all("the judge's sampler failed: it fell over" in said for said in paid(one, around))
    assert "whose sampler is not here" in paid(judged(tmp_path, {"policy": "main"}))[0]
