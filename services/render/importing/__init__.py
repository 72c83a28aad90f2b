"""Reads a pasted action alert into the draft of a campaign's file: what was found, where, how surely, and what to ask.

One step a module: bytes to lines (``reading``, ``page``), lines to parts (``letter``, ``headings``, ``targets``, ``form``),
an alert's placeholders to Postbag's names (``merge_fields``, ``templating``), all of it to a file (``alert``, ``layout``).
An alert is data from outside: nothing in it is ever run, and nothing is decided that it does not say.
"""
