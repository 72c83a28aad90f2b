"""The channel ``smtp``: letters as mail, through one relay, and what comes back for them."""
