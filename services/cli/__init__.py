"""``postbag``: the command for newcomers and operators."""
