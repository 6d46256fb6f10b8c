"""`python -m mmzero` is the `mmzero` command."""

from mmzero.cli import main

main()
