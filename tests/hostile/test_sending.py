"""What is sent again when a connection breaks."""

from collections import Counter

import pytest

from conformance.exchange import Answer, Call, Exchange, Sent
from conformance.sending import Sender
from conformance.turnstile import Turnstile
from reports.tally import Tally

SENT = Sent("POST", "http://127.0.0.1/", ())
KNOWN = Call("GetTask", {"TaskId": "t"})
NOTIFIED = {"File": {"URI": "oss://b/k"}, "Notification": {"MNS": {"TopicName": "t"}}}


def sent_times(call: Call) -> int:
    """Return how often a call is sent whose first connection breaks before an answer comes."""
    times = Counter[str]()

    def post(call: Call) -> Exchange:
        times[call.operation] += 1
        if call is not KNOWN and times[call.operation] == 1:
            return Exchange(call, SENT, None, "the connection broke", 1, "broken")
        return Exchange(call, SENT, Answer(200, {}, b"{}", {}), "", 1)

    sender = Sender(
        post=post,
        post_together=lambda _: pytest.fail("nothing goes out together"),
        sleep=lambda _: None,
        turnstile=Turnstile(10),
        tally=Tally(),
    )
    sender.send(KNOWN)
    sender.send(call)
    return times[call.operation]


@pytest.mark.parametrize(
    ("call", "times"),
    [
        pytest.param(Call("BatchGetFileMeta", {}), 2, id="what reads"),
        pytest.param(Call("IndexFileMeta", {"File": {"URI": "oss://b/k"}}), 2, id="what indexes, and may do so twice"),
        pytest.param(Call("IndexFileMeta", NOTIFIED), 1, id="what tells a topic, which twice would be wrong"),
        pytest.param(Call("CreateBinding", {}), 1, id="what makes something"),
    ],
)
def test_a_broken_connection(call: Call, times: int) -> None:
    """A call is sent again unless it may have been executed and would do more the second time."""
    assert sent_times(call) == times
