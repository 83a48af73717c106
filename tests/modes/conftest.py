"""An emulator that has what fixtures name."""

from conformance.target.embedded import seed
from emulator import Emulator


def seeded(emulator: Emulator) -> None:
    """Give an emulator the resources that the embedded target comes with."""
    seed(emulator)
