"""The reference file: maps, ZIPs, seats and holders, compiled offline into one immutable file that workers map."""
