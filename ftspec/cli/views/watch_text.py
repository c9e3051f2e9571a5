"""What is new about models that are watched, as lines that are appended to a log. Pure but for what was told before."""

from __future__ import annotations

from dataclasses import dataclass, field

from ftspec.engine.status import ModelStatus
from ftspec.model.address import Address

_SHARE_BETWEEN = 0.1


@dataclass(slots=True)
class WatchLines:
    """Turn looks into lines: one for each model whose state or job changed, or whose training moved on a good part."""

    told: dict[Address, tuple[str, float]] = field(default_factory=dict)

    def lines(self, statuses: tuple[ModelStatus, ...]) -> tuple[str, ...]:
        """Write what is new."""
        return tuple(line for found in statuses if (line := self._line(found)))

    def _line(self, found: ModelStatus) -> str:
        job = found.job
        words = f"{found.address.name}  {found.words}" + (f"  job {job.id} {job.status.value}" if job else "")
        progress = job.progress if job is not None and job.status.is_running else 0.0
        before, last = self.told.get(found.address, ("", 0.0))
        if words == before and progress - last < _SHARE_BETWEEN:
            return ""
        self.told[found.address] = (words, progress)
        loss = f", loss {job.training_loss:.3f}" if job is not None and job.training_loss is not None else ""
        return f"{words}{f' {progress:.0%}' if progress else ''}{loss}"
