"""``postbag reports``: what comes back for letters after their offices took them."""
