"""What is sent again when a connection breaks."""

from collections import Counter
from collections.abc import Callable

import pytest

from conformance.exchange import Answer, Call, Exchange, Sent
from conformance.sending import Sender
from conformance.turnstile import Turnstile
from reports.tally import Tally

SENT = Sent("POST", "http://127.0.0.1/", ())
KNOWN = Call("GetTask", {"TaskId": "t"})
NOTIFIED = {"File": {"URI": "oss://b/k"}, "Notification": {"MNS": {"TopicName": "t"}}}


def sender_by(post: Callable[[Call], Exchange], aside: list[Exchange]) -> Sender:
    """Return what sends by `post`, and keeps `aside` what it does not return."""
    return Sender(
        post=post,
        post_together=lambda _: pytest.fail("nothing goes out together"),
        sleep=lambda _: None,
        turnstile=Turnstile(10),
        tally=Tally(),
        aside=aside.append,
    )


def sent_times(call: Call) -> int:
    """Return how often a call is sent whose first connection breaks before an answer comes."""
    times = Counter[str]()

    def post(call: Call) -> Exchange:
        times[call.operation] += 1
        if call is not KNOWN and times[call.operation] == 1:
            return Exchange(call, SENT, None, "the connection broke", 1, "broken")
        return Exchange(call, SENT, Answer(200, {}, b"{}", {}), "", 1)

    sender = sender_by(post, [])
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


LONG = Call("BatchGetFileMeta", {"URIs": ["oss://b/k"] * 100})


def sent_at_a_short_head(answer: Answer) -> tuple[list[int], list[int]]:
    """Return how two long calls ended at a server that refuses long queries, and the other requests that they took.

    The server gives `answer` to what it is asked in a body.
    """

    def post(call: Call) -> Exchange:
        if call.form.placement == "query":
            return Exchange(call, Sent("POST", f"http://127.0.0.1/?{'a' * 5000}", ()), Answer(414, {}, b"no", None))
        return Exchange(call, SENT, answer)

    aside: list[Exchange] = []
    sender = sender_by(post, aside)
    returned = [sender.send(LONG), sender.send(LONG)]
    return [e.answer.status for e in returned if e.answer], [e.answer.status for e in aside if e.answer]


@pytest.mark.parametrize(
    ("answer", "returned", "aside"),
    [
        pytest.param(Answer(200, {}, b"{}", {"Files": []}), 200, 414, id="it reads bodies"),
        pytest.param(Answer(400, {}, b"{}", {"Code": "MissingURIs"}), 414, 400, id="it reads none, and misses all"),
        pytest.param(Answer(400, {}, b"no", None), 400, 414, id="it refuses a body alike"),
    ],
)
def test_what_is_too_long_for_a_query_is_sent_in_a_body(answer: Answer, returned: int, aside: int) -> None:
    """What comes of it counts unless the parameters were not read; the other request is judged as well."""
    assert sent_at_a_short_head(answer) == ([returned] * 2, [aside] * 2)
