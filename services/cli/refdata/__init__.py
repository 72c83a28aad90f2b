"""``postbag refdata``: building, checking, changing and asking the reference data that resolve answers from."""
