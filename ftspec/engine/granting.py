"""What an apply writes into the journal at its beginning and its end, with the ledger of what ftspec has granted.

What is granted is written down before it is, and what is held no more is struck off after.
"""

from __future__ import annotations

from ftspec.engine.journal import Journal
from ftspec.engine.session import Session
from ftspec.model.plan import Plan
from ftspec.planning.desired import DesiredState
from ftspec.resources.base import Scope, Seen
from ftspec.resources.journal import Entry, Event
from ftspec.resources.ledger import Ledger, parse_ledger, read_ledger, unite_ledgers, write_ledger
from ftspec.resources.privileges import NOUN, list_granted, list_still_held, list_taken, take_privileges

View = tuple[Scope, Seen]
"""What was read for a plan, and for whom."""


def write_beginning(journal: Journal, session: Session, desired: DesiredState, view: View, plan: Plan) -> None:
    """Make the journal, and tell what a plan is about to do and to grant; raises Fault FT505 and SessionError."""
    journal.open(session)
    journal.write(session, Entry(Event.BEGAN, detail=f"{len(plan.steps)} steps"))
    addresses = {step.address for step in plan.steps if step.address.kind == NOUN}
    if addresses:
        before = _read(view)
        granted = list_granted(take_privileges(desired.declared.get(NOUN, ())), addresses, *view)
        _write(journal, session, before, unite_ledgers(before, granted))


def write_ending(
    journal: Journal, session: Session, desired: DesiredState, view: View, former: Seen, digests: str, *, failed: bool
) -> None:
    """Tell what is still held of what was granted, what was declared, and how it ended; raises SessionError.

    `former` is what the plan was made from, `view` what came of it.
    """
    before, declared = _read(view), take_privileges(desired.declared.get(NOUN, ()))
    held = list_still_held(declared, *view, before, list_taken(declared, view[0], former))
    _write(journal, session, before, held)
    journal.write(session, Entry(Event.APPLIED, detail=digests))
    journal.write(session, Entry(Event.FINISHED, state="failed" if failed else "done"))


def _read(view: View) -> Ledger:
    scope, seen = view
    return parse_ledger(seen.get(read_ledger(scope)))


def _write(journal: Journal, session: Session, before: Ledger, after: Ledger) -> None:
    text = write_ledger(after)
    if text != write_ledger(before):
        journal.write(session, Entry(Event.GRANTED, detail=text))
