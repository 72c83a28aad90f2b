"""What every broker client must do: the same tests over the in-memory broker and a real one."""
