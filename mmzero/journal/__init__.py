"""A campaign is a folder, and the folder is a ledger: what is committed is never lost, repeated or sampled again.

    campaign/
      recipe.json                 the resolved recipe as it began, frozen; its hash stands in about.json
      about.json                  ledger format, versions of python, mmzero and its engines, git revision, plugin hashes,
                                  what it was forked from, and a hash over all of it
      plugins/NAME-HASH.py        the plugins as they were when the campaign began
      images/ab/abcdef….png       pictures by the hash of their bytes
      steps/000012/               what step 12 played: tasks, rollouts and rewards (.parquet), and step.json;
                                  steps/000012-1/ what it played once it had been rolled back
      metrics.jsonl               one line of figures per learned step; of two lines for one step the later is in force
      evaluations/000020-NAME.parquet
      checkpoints/000020/         everything that decides the future of version 20 (after step 19), and manifest.json
      manifest.jsonl              one line per commit: played, learned, evaluated, checkpoint, dropped (a checkpoint that
                                  was let go), amended (the recipe, by what and from which step on), undone (this step and all
                                  after it, and why); with its files' sha256
      restarts.log                what failed when and what was done about it, for a person
      lease                       who writes and the how-manieth owner that is; locked, and beating, while they live

A commit is its line in manifest.jsonl, written last: before it come the files, written beside, flushed and renamed into
place. So a kill at any instant leaves a step committed whole or not at all. Every line of a .jsonl file ends with its
own check sum; a last line that is not whole is dropped with a sentence. Names ending in .unfinished are what a killed
writer left, with its epoch in them; the next one removes them. What is committed is never changed in place, so forks
share it by hard links. Nothing in here knows an engine.
"""

from mmzero.journal.campaign import Journal
from mmzero.journal.images import ImageStore

__all__ = ["ImageStore", "Journal"]
