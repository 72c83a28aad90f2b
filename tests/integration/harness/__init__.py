"""What the scenarios beside this folder share: a corner of a cluster, worker processes, and a watch on the topics."""
