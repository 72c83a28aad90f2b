"""Letters: a campaign's templates and a constituent's data, made into one letter for each office."""
