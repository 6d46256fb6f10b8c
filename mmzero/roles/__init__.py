"""Who speaks: how each role is asked, how what it said is read, and what minting a Task takes. Nothing here scores."""
