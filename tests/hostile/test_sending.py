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


LONG = Call("BatchGetFileMeta", {"URIs": ["oss://b/k"] * 100})


def sent_at_a_short_head(*, reads_bodies: bool) -> tuple[list[Exchange], list[Exchange]]:
    """Return what came of two long calls at a server that refuses long queries, and what was not returned."""

    def post(call: Call) -> Exchange:
        if call.form.placement == "query":
            return Exchange(call, Sent("POST", f"http://127.0.0.1/?{'a' * 5000}", ()), Answer(414, {}, b"no", None))
        status, value = (200, {"Files": []}) if reads_bodies else (400, {"Code": "MissingURIs"})
        return Exchange(call, SENT, Answer(status, {}, b"{}", value))

    aside: list[Exchange] = []
    sender = Sender(
        post=post,
        post_together=lambda _: pytest.fail("nothing goes out together"),
        sleep=lambda _: None,
        turnstile=Turnstile(10),
        tally=Tally(),
        aside=aside.append,
    )
    return [sender.send(LONG), sender.send(LONG)], aside


def test_what_is_too_long_for_a_query_is_sent_in_a_body() -> None:
    """A server that takes no long heads is asked in a form body, and both requests are judged."""
    returned, aside = sent_at_a_short_head(reads_bodies=True)

    assert [e.answer.status for e in returned] == [200, 200]
    assert [e.answer.status for e in aside] == [414, 414]


def test_where_no_body_is_read_the_refusal_stands() -> None:
    """A server that reads no bodies misses every parameter: what it says of them is not what it says of the call."""
    returned, aside = sent_at_a_short_head(reads_bodies=False)

    assert [e.answer.status for e in returned] == [414, 414]
    assert [e.answer.code for e in aside] == ["MissingURIs", "MissingURIs"]
