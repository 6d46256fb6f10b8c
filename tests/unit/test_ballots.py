"""Votes are counted by what they say, however it is written; a label says how sure it is and keeps its type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from play_material import answers, task

from mmzero.answers import ballots, matches
from mmzero.roles import votes
from mmzero.types import Episode


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("4", "4.0", True),
        (" Red. ", "red", True),
        ("1/2", "0.5", True),
        ("\\frac{1}{2}", "0.5", True),
        ("4", "5", False),
        ("red", "read", False),
        ("e", "2.718281828", False),
        ("None", "none", False),
        (None, None, False),
        ("", "", False),
        ("1" * 300, "1" * 300, True),
        ("x = 3", "3", True),
    ],
)
def test_answers_are_alike_either_way_round(one, two, same):
    assert ballots.alike(one, two) is ballots.alike(two, one) is same


def test_the_largest_group_speaks_and_of_equals_the_first():
    assert ballots.groups(["5", "4", None, "4.0", "N/A", "five"]) == [[1, 3], [0], [5]]
    assert ballots.groups(["b", "a", "b", "a"]) == [[0, 2], [1, 3]] and ballots.groups([None, ""]) == []


def test_shares_are_of_those_who_say_anything():
    assert ballots.share(["4", "4", "4.0", "5", None]) == 0.75 and ballots.share([None, "n/a"]) == 0.0


@given(st.lists(st.sampled_from(["4", "4.0", "5", "red", "Red", "blue", "none", None]), max_size=12))
def test_groups_hold_every_answer_once(said):
    found = ballots.groups(said)
    assert sorted(place for group in found for place in group) == [
        i for i, one in enumerate(said) if not ballots.blank(one)
    ]
    assert all(ballots.alike(said[group[0]], said[place]) for group in found for place in group)
    assert [len(group) for group in found] == sorted(map(len, found), reverse=True)


@pytest.mark.parametrize(
    ("text", "kind", "value", "also"),
    [
        ("12", "number", 12, "12.0"),
        ("2.5", "number", 2.5, "2.50"),
        ("1/2", "expression", "1/2", "0.5"),
        ("dark blue", "text", "dark blue", "Dark  Blue."),
    ],
)
def test_a_label_has_a_type_and_is_voted(text, kind, value, also):
    answer = ballots.label(text, 0.6)
    assert (answer.kind, answer.value, answer.warrant.kind, answer.warrant.confidence) == (kind, value, "voted", 0.6)
    assert matches(text, answer) and matches(also, answer) and not matches("7", answer)


def test_a_tally_is_kept_in_the_facts_and_a_vote_without_an_answer_counts_against():
    asked = task(right=None)
    said = tuple(answers(text, asked, sibling=i) for i, text in enumerate(["5", "4", "4.0", "none"]))
    facts = votes.tally(said)
    episode = Episode(task=asked, rollouts=said, facts=facts)
    assert facts == {"speaker": 1.0, "agreed": 2.0} and votes.consistency(episode) == 0.5
    assert votes.label(episode).value == 4 and votes.label(episode).warrant.confidence == 0.5


def test_nothing_said_is_no_label():
    episode = Episode(
        task=task(right=None), rollouts=(said := (answers("", task(right=None)),)), facts=votes.tally(said)
    )
    assert votes.label(episode) is None and votes.consistency(episode) == 0.0
