"""resolve: from an address to the congressional offices that represent it, offline and without guessing."""
