"""Drawing what a model wrote, in a sandbox that lets nothing in: `RenderPool`, its policy, its jobs and their results."""

from __future__ import annotations

from mmzero.render.policy import Job, RenderPolicy, Result, Status
from mmzero.render.pool import RenderPool

__all__ = ["Job", "RenderPolicy", "RenderPool", "Result", "Status"]
