"""What goes wrong between a device's radio and the engine: pure functions over reports, from one seed.

    arrived = suffer(batch, faults, seed=7)

A fault is a name, its terms, and the devices and stretch of time it holds for. The same seed, faults and
reports give the same result, and a fault more does not change what the others do.
"""

from simulators.faults.fault import Fault, Hit, Region, Scope, chance_of, suffer

__all__ = ["Fault", "Hit", "Region", "Scope", "chance_of", "suffer"]
