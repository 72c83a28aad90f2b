"""Looks at the topics from outside and serves what no single worker can know: the books, the lags, what waits."""
