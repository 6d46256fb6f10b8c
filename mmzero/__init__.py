"""mmzero: self-evolving RL post-training for vision-language models. Imports nothing, so that every tool starts at once."""

__version__ = "0.1.0"
