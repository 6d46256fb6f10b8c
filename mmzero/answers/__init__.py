"""What a written answer says and how near it is to the truth: read by type, never searched for. Pure; knows no model."""

from mmzero.answers.equality import matches

__all__ = ["matches"]
