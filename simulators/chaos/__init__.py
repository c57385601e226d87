"""The whole engine in one process under simulated time, with faults far worse than life.

    em bench chaos --seeds 100          # prints the seeds that break a promise
    em bench chaos --seed 17            # that one again, with what it broke

The loop, the heart, the queue, the record and its recovery are those in service. The clock, the broker and
the network are ours, the record refuses when the seed says so, and the engine is killed at whatever it waits
for, before a commit and right after one. The same seed gives the same run to the last byte.
"""
