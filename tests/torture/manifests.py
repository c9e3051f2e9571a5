"""What the project of a sequence declares."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

QUERY = "SELECT PROMPT, COMPLETION FROM QUESTIONS"
"""It names no schema, so that its spec is the same in every project."""


@dataclass(frozen=True)
class Manifests:
    """What the project declares."""

    epochs: int = 1
    comment: str | None = None
    is_locked: bool = True
    keep_previous: int = 1
    retrain_on: tuple[str, ...] = ("spec",)
    is_used: bool = True
    is_declared: bool = True
    has_second: bool = False

    def write(self, folder: Path, name: str) -> None:
        """Write the files of a project."""
        folder.mkdir(exist_ok=True)
        (folder / "ftspec.yaml").write_text(
            f"apiVersion: ftspec/v1\nkind: Project\nmetadata: {{name: {name}}}\nspec:\n  database: ML\n"
            f"  schema: {name}\n  lock: {str(self.is_locked).lower()}\n  environments:\n"
            "    dev: {connection: wired, role: ML_TRAINER, warehouse: COMPUTE_WH}\n"
        )
        documents: list[tuple[str, str, dict[str, object]]] = [("Dataset", "rows", {"query": QUERY})]
        if self.has_second:
            documents.append(("FineTunedModel", "llama_2", self._model(epochs=1)))
        if self.is_declared:
            documents.append(("FineTunedModel", "llama", self._model(self.epochs)))
        if self.is_declared and self.is_used:
            documents.append(("Privileges", "app", {"role": f"APP_{name}", "can_use": ["llama"]}))
        text = [
            json.dumps({"apiVersion": "ftspec/v1", "kind": kind, "metadata": {"name": called}, "spec": spec})
            for kind, called, spec in documents
        ]
        (folder / "models.yaml").write_text("\n---\n".join(text) + "\n")

    def _model(self, epochs: int) -> dict[str, object]:
        spec: dict[str, object] = {
            "base_model": "llama3-8b",
            "training_data": "rows",
            "options": {"max_epochs": epochs},
            "keep_previous": self.keep_previous,
            "retrain_on": list(self.retrain_on),
        }
        return spec if self.comment is None else {**spec, "comment": self.comment}
