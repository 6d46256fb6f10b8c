"""The recipe: one frozen tree read from one YAML file."""

from mmzero.recipe.tree import Learning, Loss, Phase, Recipe, Role, Says

__all__ = ["Learning", "Loss", "Phase", "Recipe", "Role", "Says"]
