"""Finds who represents an address: the one question that resolve answers, as a pure function of a map.

The common path, a ZIP and a state, is two dictionary reads. What else is known (a ZIP+4, a point, a district that somebody
looked up) is weighed by ``services.resolve.evidence``. It must not raise on any text, nor log or keep what it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.resolve.evidence import weigh, with_plus4

if TYPE_CHECKING:
    from services.resolve.question import Question
    from services.resolve.reference.plans import Plan
    from services.resolve.resolution import Resolution


def resolve(plan: Plan, question: Question) -> Resolution:
    """The seats of an address by one map, or why they cannot be told, from the best evidence there is.

    In this order: a district looked up before on this map, a range of ZIP+4, a point, the ZIP, the state. Weaker evidence
    that disagrees is named in ``conflicts`` and does not win.
    """
    if question.point is None and question.asserted is None:
        return resolve_zip(plan, question.zip5, question.plus4, question.state)
    return weigh(plan, question)


def resolve_zip(plan: Plan, zip5: str, plus4: str | None, state: str | None) -> Resolution:
    """The same for ZIP, ZIP+4 and state alone: the path of nearly every address.

    Args:
        plan: The map to answer from.
        zip5: Five digits. Anything else gets an answer too, but never a seat, except that an empty one leaves the
            question to ``state``.
        plus4: Four digits or nothing.
        state: A USPS code in capitals or nothing. It narrows what the ZIP says and never overrules it.

    Returns:
        The same object for the same question: answers are made once, and only suggestions are made on the spot.
    """
    answers = plan.answers[zip5]
    if plus4:
        answers = with_plus4(plan, answers, zip5, plus4)
    return answers[state]
