"""An exported file is trained on by TRL as it is: prompts, pictures and answers reach its trainer and its rewards."""

import pytest

from mmzero import bank, shipped
from mmzero.bank import export

pytestmark = pytest.mark.engines


def test_grpo_takes_a_step_on_an_exported_file(tmp_path):
    import datasets
    from trl import GRPOConfig, GRPOTrainer

    file = tmp_path / "tasks.parquet"
    export.write(bank.make("count", 1, 4, look="tiny"), "trl", file)
    rows = datasets.load_dataset("parquet", data_files=str(file), split="train", cache_dir=str(tmp_path / "cache"))
    graded = []

    def reward(completions, answer, family, **_):
        graded.extend(zip(answer, family, strict=True))
        return [float(place) for place, _ in enumerate(completions)]

    config = GRPOConfig(
        output_dir=str(tmp_path / "trl"), max_steps=1, per_device_train_batch_size=4, num_generations=4,
        max_completion_length=8, use_cpu=True, bf16=False, report_to="none", save_strategy="no", learning_rate=1e-4,
    )  # fmt: skip
    trainer = GRPOTrainer(model=str(shipped.model("tiny")), reward_funcs=reward, args=config, train_dataset=rows)
    before = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}
    trainer.train()
    assert set(graded) <= {(one.task.answer.text, "count") for one in bank.make("count", 1, 4)} and len(graded) == 4
    assert any(not before[name].equal(weight) for name, weight in trainer.model.named_parameters())
