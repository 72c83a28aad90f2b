"""Opens the forms that campaigns ask for, each once, by the settings of the worker.

What a form needs (a registered sender, the extra ``paper`` with its fonts) is looked for when a campaign first asks for it,
so that nobody has to set up what no campaign uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.render.forms.cwc import cwc_form
from services.render.forms.mail import MailForm
from services.render.forms.paper import paper_form

if TYPE_CHECKING:
    from schemas.campaign import LetterForm
    from services.render.forms import Form
    from services.render.settings import RenderSettings


class Forms:
    """The forms of one worker."""

    def __init__(self, settings: RenderSettings) -> None:
        self._settings = settings
        self._open: dict[LetterForm, Form] = {}

    def __call__(self, name: LetterForm) -> Form:
        """The form. Raises ``SettingsRefused`` saying what it lacks."""
        form = self._open.get(name)
        if form is None:
            form = self._open[name] = self._opened(name)
        return form

    def _opened(self, name: LetterForm) -> Form:
        if name == "cwc":
            return cwc_form(self._settings)
        return paper_form(self._settings) if name == "paper" else MailForm()
