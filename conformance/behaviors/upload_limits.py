"""How many keys one call of GetUrlUploadInfos takes (ice.md 5.15)."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.behaviors.jobs import judgeable
from conformance.behaviors.upload_keys import IDS, MOST_KEYS, OPERATION, URLS, Keys, unknown_ids, unknown_urls
from conformance.checks import check, expect
from conformance.exchange import Exchange, Flow, Verdict
from conformance.judge.reaction import Reaction, react, why_unusable
from conformance.world import World

IDS_OVER = f"{OPERATION}/behavior/job-ids-over"
URLS_OVER = f"{OPERATION}/behavior/urls-over"


@check(IDS_OVER)
def job_ids_over(world: World) -> Flow:
    """Judge that eleven job ids, most of them unknown, are not all answered."""
    known = [job.id for job in world.uploads[:1]]
    yield from one_too_many(IDS_OVER, IDS, [*known, *unknown_ids(world, MOST_KEYS + 1)], world)


@check(URLS_OVER)
def urls_over(world: World) -> Flow:
    """Judge that eleven URLs, most of them unknown, are not all answered."""
    known = [job.url for job in world.uploads[:1]]
    yield from one_too_many(URLS_OVER, URLS, [*known, *unknown_urls(world, MOST_KEYS + 1)], world)


def one_too_many(
    requirement: str, keys: Keys, wanted: Sequence[str], world: World, control: Exchange | None = None
) -> Flow:
    """Judge a call with the first eleven of `wanted`; its twin, the `control` if there is one, has ten of them."""
    wanted = wanted[: MOST_KEYS + 1]
    control = control or judgeable((yield keys.call(wanted[:MOST_KEYS])))
    if not control.accepted:
        world.need("upload")
        yield Verdict(requirement, "inconclusive", observed=f"the control was not accepted: {why_unusable(control)}")
        return
    probe = judgeable((yield keys.call(wanted)))
    if react(probe) is Reaction.BROKEN:
        yield Verdict(requirement, "inconclusive", observed=why_unusable(probe))
        return
    yield expect(
        requirement,
        len(keys.answered(probe, wanted)) <= MOST_KEYS,
        expected=f"at most {MOST_KEYS} {keys.noun}s are answered in one call",
        observed=f"a call with {len(wanted)} was accepted and all of them were answered",
        exchange=probe,
        control=control,
    )
