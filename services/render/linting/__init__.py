"""What ``services.render.linter`` looks for: faults of the text, of the templates' code, and of the letter as a whole."""
