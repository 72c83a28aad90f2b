"""The catalogue of bad input, and the desk at which intake is shown it."""
