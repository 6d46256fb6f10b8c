"""Lines read from the end are those read from the beginning, and who wants the newest looks at no others."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmzero.errors import UserError
from mmzero.journal import Journal, lines
from mmzero.journal.lines import Lines, seal
from mmzero.status import status_of

quick = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(items=st.lists(st.text(max_size=9), max_size=9), tail=st.binary(max_size=9), block=st.integers(1, 99))
def test_backwards_is_the_other_way_round(tmp_path, monkeypatch, items, tail, block):
    monkeypatch.setattr(lines, "_BLOCK", block)
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b"".join(seal({"said": item}) for item in items) + tail)
    read = Lines(path)
    from_the_end = list(Lines(path).backwards())
    assert from_the_end == list(reversed(read.raw)) == list(read.backwards())
    assert [read.read(line)["said"] for line in from_the_end] == items[::-1]


def test_a_whole_line_that_was_not_ended_is_none_either_way(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(seal({"a": 1}) + seal({"a": 2})[:-1])
    assert list(Lines(path).backwards()) == Lines(path).raw == [seal({"a": 1})[:-1]]
    path.write_bytes(seal({"a": 1})[:-1])
    assert list(Lines(path).backwards()) == Lines(path).raw == []


def test_a_status_looks_at_the_newest_figures_and_no_others(tmp_path, recipe, at):
    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        for index in range(3):
            journal.learned(at(index), {"loss": index / 2})
    path = tmp_path / "run" / "metrics.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"loss": 0.0', b'"loss": 9.0'))
    found = status_of(tmp_path / "run")
    assert (found.learned, found.figures["index"], found.figures["loss"]) == (3, 2, 1.0)
    with Journal.open(tmp_path / "run", write=False) as journal, pytest.raises(UserError, match="damaged at line 1"):
        journal.metrics()


def test_who_wants_the_newest_figures_takes_no_more_lines(tmp_path, recipe, at, monkeypatch):
    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        for index in range(5):
            journal.learned(at(index), {"loss": index / 2})
    taken, backwards = [], Lines.backwards

    def counted(self):
        for line in backwards(self):
            taken.append(line)
            yield line

    monkeypatch.setattr(Lines, "backwards", counted)
    with Journal.open(tmp_path / "run", write=False) as journal:
        assert [line["index"] for line in journal.recent_figures(3, 2)] == [2, 3]
    assert len(taken) == 3


def test_figures_that_cannot_be_read_get_one_sentence(tmp_path, recipe, at):
    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        journal.learned(at(0), {"loss": 1.0})
    (tmp_path / "run" / "metrics.jsonl").unlink()
    with pytest.raises(UserError, match=r"metrics\.jsonl cannot be read \(No such file"):
        status_of(tmp_path / "run")
