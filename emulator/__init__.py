"""A correct server of eight operations of Alibaba Cloud IMM and ICE, for tests: the embedded default target.

It takes its limits and builds its answers from its own code, so that a mistake in a contract document shows as a
disagreement. ``Emulator.handle`` answers one request; ``EmulatorTransport``, ``asgi_app`` and ``serve`` connect it
to httpx, to ASGI servers and to a socket.
"""

from emulator.asgi import asgi_app
from emulator.calls import Answer, Call, DeliveryFault, Fault
from emulator.clock import Clock, OffsetClock, SystemClock
from emulator.core import Emulator
from emulator.errors import ApiError
from emulator.http import Request, Response
from emulator.limits import Limits, Timings
from emulator.mns_push import Push
from emulator.mns_subscriptions import Subscription, read_subscription
from emulator.server import serve
from emulator.state import Publication
from emulator.transport import EmulatorTransport

__all__ = [
    "Answer",
    "ApiError",
    "Call",
    "Clock",
    "DeliveryFault",
    "Emulator",
    "EmulatorTransport",
    "Fault",
    "Limits",
    "OffsetClock",
    "Publication",
    "Push",
    "Request",
    "Response",
    "Subscription",
    "SystemClock",
    "Timings",
    "asgi_app",
    "read_subscription",
    "serve",
]
