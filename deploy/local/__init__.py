"""A real, single-node Apache Kafka on this machine, and the processes around it.

Kafka's jars come by coordinates with a committed checksum each, Java comes in a wheel, and nothing else needs to be
installed. The same launcher serves `postbag up`, the demo and the tests, so that what the tests prove is what people
run. It must never outlive the command it belongs to, and never touch a process it did not start.
"""
