"""The only code that knows an engine: samplers, learners, and how weights travel between them."""
