"""Three exceptions and when to raise each; knows nothing else.

A message says what happened, the value, the rule and the remedy, in one sentence that needs no traceback.
"""


class UserError(Exception):
    """The user's mistake: a recipe, a path, a plugin, a folder. One sentence, exit code 2, before any engine starts."""

    exit_code = 2


class CampaignStopped(Exception):
    """The campaign stopped itself: a budget is spent or a contract broke. State is kept; exit code 3."""

    exit_code = 3


class EngineError(Exception):
    """An engine or its machine failed. Never a reward: retried once, counted, and past the budget CampaignStopped."""
