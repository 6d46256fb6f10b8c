"""A long wait is told while it lasts: what waits for whom, for how long, until when."""

from rich.console import Console

from mmzero import waits
from mmzero.watch import stalls
from mmzero.watch.live import Live


def test_what_waits_for_what_is_told_at_three_marks():
    said = []
    looker = stalls.Stalls(said.append)
    looker.stage(type("Cursor", (), {"index": 12}), "play")
    with waits.on("replica 1 of main's sampler", 600):
        since = waits.under_way()[0].since
        for passed in (1, 59, 61, 62, 300, 301, 541, 599):
            looker.look(since + passed)
    looker.look(since + 600)
    assert said == [
        f"step 12 waits for replica 1 of main's sampler for {passed} s (deadline 600 s)" for passed in (61, 300, 541)
    ]
    assert not waits.under_way()


def test_a_short_deadline_is_told_of_no_sooner_than_after_five_seconds():
    said = []
    looker = stalls.Stalls(said.append)
    with waits.on("rank 0", 8):
        since = waits.under_way()[0].since
        for passed in (1, 4.9, 5.1, 7.3):
            looker.look(since + passed)
    assert [one.split(" for ")[2] for one in said] == ["5 s (deadline 8 s)", "7 s (deadline 8 s)"]


def test_the_live_view_names_who_is_waited_for(monkeypatch):
    live = Live(Console(width=160), clock=lambda: 0.0)
    with waits.on("rank 1 of main's learner", 600):
        assert "waits for" not in live._now().plain, "not before it is long"
        monkeypatch.setattr(stalls, "LEAST", -1.0)
        assert live._now().plain.endswith("(waits for rank 1 of main's learner for 0 s (deadline 600 s))")
