"""The command line as a person calls it, for whichever tests want it."""

import pytest

from mmzero import cli


@pytest.fixture
def call(capsys):
    """Its exit code, what it printed and what it complained of."""

    def called(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        return left.value.code, *capsys.readouterr()

    return called
