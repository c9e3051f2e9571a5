"""Why a training job ends in ERROR: the documented code and messages, and the query the service runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftspec.emulator.cortex.base_models import BaseModel

INVALID_PARAMETER_VALUE = "INVALID_PARAMETER_VALUE"


@dataclass(frozen=True, slots=True)
class JobError:
    """What DESCRIBE shows under `error` of a job that failed."""

    code: str
    message: str


def build_wrapped_query(query: str) -> str:
    """Give the statement that the service runs for a data query, character by character as documented.

    Nothing is trimmed: a trailing `;` breaks the job, as it does on Snowflake.
    """
    return f'SELECT "PROMPT", "COMPLETION" FROM ({query})'


def build_read_failure(query: str, *, errno: int, sqlstate: str, query_id: str, message: str) -> JobError:
    """Give the error of a job whose data query was refused; `message` is the compiler's own.

    The form is that of the one ERROR object which Snowflake's SDK shows. Its last full stop belongs to either
    sentence: one is written whether or not `message` has its own.
    """
    text = (
        "Failed to query input data for Fine-tuning. "
        f"Failed to execute query: {build_wrapped_query(query)}. "
        f"{errno:06d} ({sqlstate}): {query_id}: {message.removesuffix('.')}."
    )
    return JobError(INVALID_PARAMETER_VALUE, text)


def check_rows(rows: int, *, what: str, base_model: BaseModel, epochs: int) -> JobError | None:
    """Check one dataset (`what`: training or validation) against the limit, and against having no row.

    The limits are documented (user guide, "Effective row count limit"); what happens beyond them is not: the
    job ends in ERROR here, before it trains. There is no documented least number, so one row is enough.
    """
    limit = base_model.row_limit(epochs)
    if rows > limit:
        message = (
            f"The {what} data has {rows} rows. Fine-tuning {base_model.name} for {epochs} epochs takes at most {limit}."
        )
        return JobError(INVALID_PARAMETER_VALUE, message)
    if rows == 0:
        return JobError(INVALID_PARAMETER_VALUE, f"The {what} data has no row with a prompt and a completion.")
    return None
