"""Looking up batch producing jobs: known, unknown, too old, and one of the kit's own to its end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.behaviors.batch_jobs import OPERATION, job_of, lacking, sub_jobs, tells_of_job
from conformance.behaviors.jobs import difference, judgeable, same_json
from conformance.behaviors.own import is_text, needed, refusal
from conformance.behaviors.provisioning_jobs import ONCE, same_job
from conformance.behaviors.upload_keys import UNGUESSABLE
from conformance.behaviors.zones import told_in_its_zone
from conformance.checks import check, expect
from conformance.checks.probing import ask
from conformance.exchange import Call, Exchange, Flow, Inconclusive, Step, Verdict
from conformance.judge.kept_values import kept
from conformance.judge.reaction import is_denied, react, summarize, why_unusable
from conformance.polling import re_read, until, waits
from conformance.provisioning.jobs import submit_batch
from conformance.world import BlockedError, World, base_params

BY_JOB_ID = f"{OPERATION}/behavior/by-job-id"
STATE = f"{OPERATION}/behavior/job-state-and-times"
WITHIN_YEAR = f"{OPERATION}/behavior/within-year"
PAST_YEAR = f"{OPERATION}/behavior/past-year-only"
UNKNOWN = f"{OPERATION}/behavior/unknown-job"
WITHOUT_ID = f"{OPERATION}/behavior/without-job-id"
ECHO = f"{OPERATION}/behavior/configs-echo"
VERBATIM = f"{OPERATION}/behavior/configs-verbatim"
USER_DATA = f"{OPERATION}/behavior/user-data-echo"
FORWARD = f"{OPERATION}/behavior/states-forward"
KEPT = f"{OPERATION}/behavior/values-kept"
CREATED = f"{OPERATION}/response/EditingBatchJob/CreateTime/pattern"
_ENDED = {name: f"{OPERATION}/response/EditingBatchJob/{name}/pattern" for name in ("ModifiedTime", "CompleteTime")}

CONFIGS = ("InputConfig", "EditingConfig", "OutputConfig")
_ORDER = {"Init": 0, "Processing": 1, "Finished": 2, "Success": 2, "Failed": 2}
_ANY: Any = [
    None,
    False,
    {},
    [],
    "",
    0.123456789,
    1e21,
    -0.0,
    9_007_199_254_740_993,
    list(range(60)),
    {"b": 1, "a": [[{}]]},
]
"""Values that come back otherwise from those who read them carelessly."""
_FREE: Mapping[str, Any] = {"Any": _ANY, "Nothing": None, "Object": {}, "List": []}
_NOTHING: Mapping[str, Any] = {}
_NO_EXPIRED = "add to [fixtures] expired_batch_jobs ids of batch jobs that were made more than a year ago"


def _get(job_id: str) -> Call:
    return Call(OPERATION, {"JobId": job_id})


def _returned(exchange: Exchange) -> bool:
    return tells_of_job(job_of(exchange))


@check(WITHIN_YEAR, BY_JOB_ID, STATE, KEPT)
def known_jobs(world: World) -> Flow:
    """Judge that known jobs are returned, each under its id, with state and times."""
    world.need("batch")
    seconds = world.settle_seconds
    seen: list[Exchange] = [(yield Call(OPERATION, base_params(OPERATION, world), reuse=True))]
    for known in world.batches[:3]:
        exchange = judgeable((yield from until(_get(known.id), _returned, seconds)))
        seen.append(exchange)
        job = job_of(exchange)
        yield _is_returned(exchange)
        if not _returned(exchange):
            seconds = 0.0
            continue
        found = job.get("JobId")
        yield expect(BY_JOB_ID, found == known.id, expected=f"JobId is {known.id}", observed=f"it is {found!r}")
        absent = " and no ".join(lacking(job))
        yield expect(STATE, not absent, expected="Status, CreateTime and ModifiedTime", observed=f"no {absent}")
    yield from kept(seen)


def _is_returned(exchange: Exchange) -> Verdict:
    return expect(
        WITHIN_YEAR,
        _returned(exchange),
        expected="a job that was made within the past year is returned",
        observed=f"it is not: {summarize(exchange)}",
        exchange=exchange,
    )


@check(UNKNOWN, WITHOUT_ID)
def no_such_job(world: World) -> Flow:
    """Judge that calls about no job, or about one that does not exist, are refused."""
    control = yield from ask(Call(OPERATION, base_params(OPERATION, world), reuse=True))
    if not control.accepted:
        raise Inconclusive(f"the control was not accepted: {why_unusable(control)}")
    for unknown, what in _near_ids(world, control).items():
        yield refusal(UNKNOWN, (yield _get(unknown)), control, f"a JobId that is {what}")
    yield refusal(WITHOUT_ID, (yield Call(OPERATION, {})), control, "a call without JobId")


def _near_ids(world: World, control: Exchange) -> dict[str, str]:
    """Return ids that no batch job has, each with what it is; most are nearly the id of one."""
    id_ = control.call.params["JobId"]
    near = {id_.swapcase(): "one with its letters in the other case"}
    if len(id_) >= UNGUESSABLE:
        near[id_[:-1]] = "the beginning of one"
    near |= {sub["JobId"]: "that of a sub-job" for sub in sub_jobs(job_of(control))[:1] if is_text(sub.get("JobId"))}
    near |= {job.id: "that of an upload job" for job in world.uploads[:1]}
    known = {batch.id for batch in world.batches}
    made_up = hashlib.md5(f"{world.token} no batch job".encode()).hexdigest()
    return {unknown: what for unknown, what in near.items() if unknown not in known} or {made_up: "made up"}


@check(PAST_YEAR)
def expired_jobs(world: World) -> Flow:
    """Judge that jobs of more than a year ago are not returned, while a younger one is."""
    if not world.expired_batches:
        raise BlockedError(_NO_EXPIRED)
    control = yield from ask(Call(OPERATION, base_params(OPERATION, world), reuse=True))
    if not control.accepted:
        raise Inconclusive(f"the control was not accepted: {why_unusable(control)}")
    for expired in world.expired_batches[:3]:
        exchange: Exchange = yield _get(expired)
        if not is_denied(exchange):  # the key may read the younger one
            judgeable(exchange)
        made = job_of(exchange).get("CreateTime")
        yield expect(
            PAST_YEAR,
            not _returned(exchange),
            expected="a job that was made more than a year ago is not returned",
            observed=f"it is, with CreateTime {made}",
            exchange=exchange,
            control=control,
        )


@dataclass(slots=True)
class Course:
    """A job of the kit's own: how it was made, what was submitted, and every answer about it."""

    made: Exchange
    id: str
    submitted: Mapping[str, str]
    seen: list[Exchange] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether the last answer shows the final state."""
        return bool(self.seen) and job_of(self.seen[-1]).get("Status") in ("Finished", "Failed")


def definition(
    world: World, materials: Sequence[str], indent: int | None, free: Mapping[str, Any] = _NOTHING
) -> dict[str, str]:
    """Return the parameters of a job whose texts show whether they come back unchanged.

    `free` are members that no source names.
    """
    title = 'Tëst "片" \\ / {index} 100%25 a+b&c=d\n\t\N{CAT FACE} <i>e\N{COMBINING ACUTE ACCENT}</i>'
    configs: dict[str, Any] = {
        "InputConfig": {
            "MediaGroupArray": [{"GroupName": "main", "MediaArray": list(materials)}],
            "TitleArray": [title, "", "007", "007"],
            "SpeechTextArray": ["one, two, " * 40],
        },
        "EditingConfig": {"MediaConfig": {"Volume": 0.7}, "SpeechConfig": {"Volume": 1}, **free},
        "OutputConfig": {
            "MediaURL": f"https://{world.bucket}.oss-cn-shanghai.aliyuncs.com/{world.token}/own_{{index}}.mp4",
            "Count": 3,
            "MaxDuration": 15,
            "Width": 1080,
            "Height": 1920,
            "Video": {"Crf": 27},
            **free,
        },
        "UserData": {"run": world.token, "note": title, "any": _ANY},
    }
    return {name: json.dumps(value, indent=indent, ensure_ascii=not indent) for name, value in configs.items()}


@check(ECHO, VERBATIM, USER_DATA, FORWARD, WITHIN_YEAR, KEPT, ONCE, tier="full")
def own_jobs(world: World) -> Flow:
    """Follow a job that can end well and one that cannot, and compare them with what was submitted."""
    courses = [(yield from _good_course(world))]
    nowhere = f"https://conformance-{world.token}.invalid/none.mp4"
    bad = definition(world, [f"missing-{world.token}", nowhere], None)
    del bad["EditingConfig"]
    made = yield from submit_batch(bad)
    # A target may look at once whether the materials exist; then nothing fails later.
    if made.accepted:
        courses.append(Course(made, _job_id(made), bad))
    yield from _follow(courses, world.settle_seconds)
    if courses[0].ended:
        try:
            yield from _submitted_again(courses[0])
        except Inconclusive as reason:  # what was seen before is judged all the same
            yield Verdict(ONCE, "inconclusive", observed=str(reason))
    for course in courses:
        yield from _echoes(course)
        yield from _forward(course)
        yield from kept(course.seen)
    for course in courses[1:]:
        yield from _nothing_of_another(course, courses[0])


def _submitted_again(course: Course) -> Flow:
    """Submit a job again that has ended, and look at it once more: it is the same one, and as it was."""
    yield from same_job(course.made, (yield course.made.call))
    course.seen.append(judgeable((yield from re_read(_get(course.id), _returned, course.seen))))


def _nothing_of_another(course: Course, other: Course) -> Iterable[Verdict]:
    """Judge that a job shows no configuration of another one in the place of what it was not given."""
    last = course.seen[-1]
    for name in (name for name in CONFIGS if name not in course.submitted):
        found = job_of(last).get(name)
        yield expect(
            ECHO,
            not same_json(found, other.submitted[name]),
            expected=f"no {name} of another job, since none was submitted",
            observed=f"it is that of the job {other.id}",
            exchange=last,
            control=other.seen[-1],
        )


def _good_course(world: World) -> Generator[Step, Any, Course]:
    """Submit a job that can end well, with members that no source names where a target takes them."""
    for name, free in (("free", _FREE), ("plain", _NOTHING)):
        good = definition(world, [world.uri("m.mp4")], 1, free)
        made = yield from submit_batch({**good, "ClientToken": f"{name}-{world.token}"})
        if not react(made).refuses:
            break
    return Course(made, _job_id(needed(made)), good)


def _job_id(made: Exchange) -> str:
    found = made.value.get("JobId")
    if not isinstance(found, str):
        raise BlockedError("SubmitBatchMediaProducingJob was accepted and names no job")
    return found


def _follow(courses: Iterable[Course], seconds: float) -> Flow:
    """Ask for each job until it has ended, and once more."""
    for wait in (None, *waits(seconds)):
        going_on = [course for course in courses if not course.ended]
        if going_on and wait:
            yield wait
        for course in going_on:
            course.seen.append(judgeable((yield from re_read(_get(course.id), _returned, course.seen))))
    for course in courses:
        course.seen.append(judgeable((yield from re_read(_get(course.id), _returned, course.seen))))


def _echoes(course: Course) -> Flow:
    shown = [exchange for exchange in course.seen if _returned(exchange)]
    if not shown:
        raise Inconclusive("the job that was just submitted is not found")
    for exchange in course.seen[course.seen.index(shown[0]) + 1 :]:
        yield _is_returned(exchange)
    yield from told_in_its_zone(CREATED, "CreateTime", job_of(shown[0]).get("CreateTime"), shown[0])
    for name, requirement in _ENDED.items():
        yield from told_in_its_zone(requirement, name, job_of(shown[-1]).get(name), shown[-1], just_now=False)
    for exchange in {e.number: e for e in (shown[0], shown[-1])}.values():
        for name, given in course.submitted.items():
            yield from _echo(exchange, name, given)


def _echo(exchange: Exchange, name: str, given: str) -> Iterable[Verdict]:
    """Judge that a submitted text comes back, as JSON and byte for byte."""
    found = job_of(exchange).get(name)
    same = same_json(found, given)
    expected, observed = f"{name} of {len(given)} characters as it was submitted", difference(found, given)
    yield expect(ECHO if name in CONFIGS else USER_DATA, same, expected=expected, observed=observed, exchange=exchange)
    if name in CONFIGS and same:
        yield expect(VERBATIM, found == given, expected=expected, observed=observed, exchange=exchange)


def _forward(course: Course) -> Iterable[Verdict]:
    """Judge that no state moved back while the job was followed."""
    reached: dict[str, str] = {}
    for exchange in course.seen:
        back = ""
        for who, state in _states(exchange):
            before = reached.setdefault(who, state)
            if _ORDER[state] < _ORDER[before]:
                back = f"the {who.split()[0]} was {before}, then {state}"
            reached[who] = state
        if exchange is not course.seen[0]:
            yield expect(
                FORWARD,
                not back,
                expected="the states of a job and its sub-jobs move forward only",
                observed=back,
                exchange=exchange,
            )


def _states(exchange: Exchange) -> list[tuple[str, str]]:
    """Return the documented states in an answer, each with whose it is."""
    job = job_of(exchange)
    found = [("job", job.get("Status")), *((f"sub-job {s.get('JobId')}", s.get("Status")) for s in sub_jobs(job))]
    return [(who, state) for who, state in found if isinstance(state, str) and state in _ORDER]
