"""Compression tasks and batch jobs: what makes them (facts imm.md 12, ice.md 4.3)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from conformance.behaviors.batch_jobs import read_object
from conformance.behaviors.jobs import same_json
from conformance.behaviors.own import is_text, member, needed, refusal, says_nothing, unsure
from conformance.behaviors.tasks import definition_of, task_of
from conformance.checks.registry import check, expect
from conformance.exchange import Call, Exchange, Flow, Form, Steps, Verdict
from conformance.judge.reaction import summarize
from conformance.polling import until
from conformance.provisioning.jobs import IN_FORM, batch_definition, submit_batch
from conformance.world import World

_SOURCE = "Provisioning/behavior/compression-source"
ONCE = "Provisioning/behavior/batch-job-once"
_FORM = "Provisioning/behavior/batch-job-form"
_ECHO = "GetBatchMediaProducingJob/behavior/configs-echo"
_OF_ONE_BEGINNING = "a-token-of-more-than-32-characters-"
_TITLE = "Tëst 片 100%25 a+b&c=d"
_LONG = {"SpeechTextArray": [f"{number}: {'one, two, ' * 40}" for number in range(15)]}
"""What makes a configuration longer than some columns of a database."""


@check(
    _SOURCE,
    "Provisioning/behavior/compression-ids",
    "Provisioning/behavior/compression-get-task",
    "GetTask/behavior/user-data",
    operation="GetTask",
    tier="full",
)
def compression_tasks(world: World) -> Flow:
    """Create a task with one kind of sources, and ask for others with none and with both."""
    sent = definition_of(world, "sourced")
    made = needed((yield Call("CreateFileCompressionTask", sent)))
    call = Call("GetTask", task_of(made).params)
    yield from _found_task((yield from until(call, lambda e: e.accepted, world.settle_seconds)))
    no_source = {name: value for name, value in sent.items() if name != "Sources"}
    manifest = {"SourceManifestURI": world.uri("manifest.txt")}
    for params, what in (
        (no_source, "a task without Sources and SourceManifestURI"),
        ({**definition_of(world, "both"), **manifest}, "a task with Sources and SourceManifestURI"),
    ):
        probe = yield Call("CreateFileCompressionTask", params)
        yield refusal(_SOURCE, probe, made, what)


def _found_task(read: Exchange) -> Iterator[Verdict]:
    """Judge that the new task is found, and that it has no UserData, for none was given."""
    if says_nothing(read):
        yield unsure("Provisioning/behavior/compression-get-task", read)
        return
    yield expect(
        "Provisioning/behavior/compression-get-task",
        read.accepted,
        expected="GetTask finds the task by the type 'FileCompression' and the TaskId returned",
        observed=summarize(read),
        exchange=read,
    )
    if read.accepted:
        told = read.value.get("UserData")
        yield expect(
            "GetTask/behavior/user-data",
            not told,
            expected="no UserData of a task that was created without",
            observed=f"UserData '{told}'"[:300],
            exchange=read,
        )


@check(
    ONCE,
    "Provisioning/behavior/batch-job",
    "Provisioning/behavior/batch-job-queryable",
    _FORM,
    _ECHO,
    operation="GetBatchMediaProducingJob",
    tier="full",
)
def batch_jobs(world: World) -> Flow:
    """Submit one job twice in the query, and another as the SDKs do, with blanks and letters that a form may lose."""
    plain = {**batch_definition(world), "ClientToken": f"{_OF_ONE_BEGINNING}{world.token}-plain"}
    first = needed((yield from submit_batch(plain)))
    hard = json.dumps({**json.loads(plain["InputConfig"]), "TitleArray": [_TITLE]}, ensure_ascii=False)
    # What other clients do with blanks in a query is judged elsewhere, so the query here has none.
    bare = {name: text if name in IN_FORM else text.replace(" ", "") for name, text in plain.items()}
    marked = {"ClientToken": f"{_OF_ONE_BEGINNING}{world.token}-form", "UserData": '{"sent":"in-a-form"}'}
    formed = yield from _submit_long({**bare, **marked, "InputConfig": hard})
    yield from _accepted_form(formed, first)
    if is_text(first.value.get("JobId")):
        again = yield first.call
        yield from same_job(first, again)
    if is_text(formed.value.get("JobId")):
        yield from _queryable_batch(world, formed)


def _submit_long(params: dict[str, str]) -> Steps:
    """Submit a job with a long InputConfig in a form or, where that is refused, with a short one.

    How long it may be no source says.
    """
    form = Form(in_form=IN_FORM, spelling="plus")
    long = json.dumps({**json.loads(params["InputConfig"]), **_LONG}, ensure_ascii=False)
    made: Exchange = yield Call("SubmitBatchMediaProducingJob", {**params, "InputConfig": long}, form)
    if made.accepted or says_nothing(made):
        return made
    again = {**params, "ClientToken": f"{params['ClientToken']}-again"}
    made = yield Call("SubmitBatchMediaProducingJob", again, form)
    return made


def _accepted_form(formed: Exchange, control: Exchange) -> Iterator[Verdict]:
    if says_nothing(formed):
        yield unsure(_FORM, formed)
        return
    yield expect(
        _FORM,
        formed.accepted,
        expected="InputConfig and EditingConfig accepted in a form body, the others in the query",
        observed=summarize(formed),
        exchange=formed,
        control=control,
    )


def _queryable_batch(world: World, made: Exchange) -> Flow:
    """ICE-SBMPJ-QUERYABLE: the job just submitted is found, and a form was read like a query."""
    job_id = made.value["JobId"]
    call = Call("GetBatchMediaProducingJob", {"JobId": job_id})
    seen = yield from until(call, lambda e: e.accepted, world.settle_seconds)
    if says_nothing(seen):
        yield unsure("Provisioning/behavior/batch-job-queryable", seen)
        return
    job = member(seen, "EditingBatchJob")
    yield expect(
        "Provisioning/behavior/batch-job-queryable",
        job.get("JobId") == job_id,
        expected="GetBatchMediaProducingJob finds the job just submitted",
        observed=f"it finds '{job.get('JobId')}'" if seen.accepted else summarize(seen),
        exchange=seen,
        control=made,
    )
    if not (made.call.form.in_form and job):
        return
    given = {name: made.call.params[name] for name in made.call.form.in_form}
    wrong = [name for name, text in given.items() if not same_json(job.get(name), text)]
    cut = "InputConfig" in wrong and _is_cut(job.get("InputConfig"), given["InputConfig"])
    yield expect(
        _ECHO,
        not cut,
        expected=f"an InputConfig of {len(given['InputConfig'])} characters as it was submitted",
        observed="it is cut",
        exchange=seen,
        control=made,
    )
    if not cut:
        yield expect(
            _FORM,
            not wrong,
            expected="InputConfig and EditingConfig of a form body as they were sent",
            observed=f"{' and '.join(wrong)} of the job {'is' if len(wrong) == 1 else 'are'} not as sent",
            exchange=seen,
            control=made,
        )


def _is_cut(found: object, given: str) -> bool:
    """Return whether a configuration was read well, and only its end or some of what makes it long is missing."""
    short, whole = read_object(found), read_object(given)
    if not short:
        return is_text(found) and given.startswith(str(found))
    return all(short.get(name) == value for name, value in whole.items() if name not in _LONG)


def same_job(made: Exchange, again: Exchange) -> Iterator[Verdict]:
    """ICE-SBMPJ-IDEMPOTENT: the second submission gives the first job."""
    if says_nothing(again):
        yield unsure(ONCE, again)
        return
    same = again.value.get("JobId") == made.value["JobId"]
    yield expect(
        ONCE,
        again.accepted and same,
        expected="the same JobId for the same ClientToken and parameters",
        observed="another JobId" if again.accepted else summarize(again),
        exchange=again,
        control=made,
    )
