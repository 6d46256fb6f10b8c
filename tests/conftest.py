"""The command line as a person calls it, for whichever tests want it; and no clock for randomised tests."""

import pytest
from hypothesis import settings

from mmzero import cli

settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


@pytest.fixture
def call(capsys):
    """Its exit code, what it printed and what it complained of."""

    def called(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        return left.value.code, *capsys.readouterr()

    return called
