"""Letters on paper: a PDF of US Letter pages, ready for the printer and for a window envelope.

``paper_form`` opens the press; ``PaperForm`` sets letters. ``letter.typ`` lays out the page and the values come to it as
JSON, so that nothing that anybody typed is ever the typesetter's source. What no font can show is refused and never printed
as an empty box. The library that typesets is optional (extra ``paper``): nothing here may import it before a form is opened.
"""

from services.render.forms.paper.form import PaperForm, paper_form
from services.render.forms.paper.settings import PaperSettings

__all__ = ["PaperForm", "PaperSettings", "paper_form"]
