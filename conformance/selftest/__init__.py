"""The proof that the kit can fail: faulty emulators, and what it says of them."""

from conformance.selftest.judging import judge_emulator
from conformance.selftest.planting import PlantedFault, planted_faults

__all__ = ["PlantedFault", "judge_emulator", "planted_faults"]
