"""The tiny VLM: how it is built, and its weights."""
