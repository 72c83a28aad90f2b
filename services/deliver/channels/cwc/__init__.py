"""The channels of congressional intake: ``channel`` sends, ``acknowledgements`` reads what offices answer by mail."""
