"""What a run has seen so far of each requirement.

A tally is kept where the requests are sent, travels as JSON from processes
to the controller, and is merged there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from reports.latency import bucket_of

K = TypeVar("K")
V = TypeVar("V")

MAX_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation: the case, what the contract expects, what was observed.

    `curl` replays the request where that is possible without a signature;
    `rerun` repeats the case; `repeats` is in how many of so many runs of the
    case, one right after the other, the requirement was broken (`2/2`).
    `control` is the accepted twin of `request`, and `changes` say where the
    two differ (`reports.difference`).
    """

    case: str
    expected: str
    observed: str
    curl: str = ""
    rerun: str = ""
    request: str = ""
    answer: str = ""
    control: str = ""
    repeats: str = ""
    control_answer: str = ""
    changes: Sequence[Mapping[str, str]] = ()


@dataclass(slots=True)
class Tally:
    """Counts and findings by requirement id; all of it can be merged.

    `exercised` counts the occasions on which a requirement was judged,
    `violations` those on which it was broken (of which only some are kept as
    findings), `inconclusive` and `blocked` hold the first reason. `controls`
    says for each operation whether a whole valid request was accepted,
    `accepted` names the operations of which any request was, `answers` counts
    what came back in a few words, `latency` how long that took
    (`reports.latency`).
    """

    exercised: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    inconclusive: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    planned: set[str] = field(default_factory=set)
    controls: dict[str, str] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    limits: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    latency: dict[str, Counter[int]] = field(default_factory=dict)
    requests: int = 0

    def violate(self, requirement: str, finding: Finding) -> bool:
        """Record a violation; at most a few distinct findings are kept.

        Returns whether this one was, in place of an equal one at most.
        """
        self.violations[requirement] += 1
        kept = self.findings.setdefault(requirement, [])
        for place, known in enumerate(kept):
            if _equal(known, finding):
                kept[place] = known if known.repeats else finding
                return not known.repeats
        if len(kept) < MAX_FINDINGS:
            kept.append(finding)
            return True
        return False

    def note_repeats(self, requirement: str, finding: Finding, repeats: str) -> None:
        """Note how often a finding that is kept was seen again."""
        kept = self.findings[requirement]
        kept[:] = [replace(f, repeats=repeats) if _equal(f, finding) else f for f in kept]

    def retract(self, requirement: str, finding: Finding, reason: str) -> None:
        """Take a finding back that tells nothing for sure; the requirement is inconclusive."""
        kept = [f for f in self.findings[requirement] if not _equal(f, finding)]
        self.violations[requirement] -= 1
        self.inconclusive.setdefault(requirement, reason)
        if kept:
            self.findings[requirement] = kept
        else:
            del self.findings[requirement]

    def time(self, operation: str, seconds: float) -> None:
        """Count how long an answer took."""
        self.latency.setdefault(operation, Counter())[bucket_of(seconds)] += 1

    def merge(self, other: Tally) -> None:
        """Add what another process has seen."""
        self.exercised.update(other.exercised)
        self.violations.update(other.violations)
        for requirement, findings in other.findings.items():
            kept = self.findings.setdefault(requirement, [])
            for finding in findings:
                if len(kept) < MAX_FINDINGS and not _known(kept, finding):
                    kept.append(finding)
        self.inconclusive = {**other.inconclusive, **self.inconclusive}
        self.blocked = {**other.blocked, **self.blocked}
        self.planned |= other.planned
        self.controls = _merged_controls(self.controls, other.controls)
        self.accepted |= other.accepted
        self.limits = {**other.limits, **self.limits}
        self.answers.update(other.answers)
        for operation, counts in other.latency.items():
            self.latency.setdefault(operation, Counter()).update(counts)
        self.requests += other.requests

    def copy(self) -> Tally:
        """Return a tally that does not change with this one."""
        return Tally(
            exercised=self.exercised.copy(),
            violations=self.violations.copy(),
            findings={requirement: list(kept) for requirement, kept in self.findings.items()},
            inconclusive=dict(self.inconclusive),
            blocked=dict(self.blocked),
            planned=set(self.planned),
            controls=dict(self.controls),
            accepted=set(self.accepted),
            limits=dict(self.limits),
            answers=self.answers.copy(),
            latency={operation: counts.copy() for operation, counts in self.latency.items()},
            requests=self.requests,
        )

    def since(self, before: Tally) -> Tally:
        """Return what was added since `before`; merged with it, it gives this tally."""
        return Tally(
            exercised=_more(self.exercised, before.exercised),
            violations=_more(self.violations, before.violations),
            findings={k: new for k, fs in self.findings.items() if (new := _unknown(fs, before.findings.get(k, [])))},
            inconclusive=_new(self.inconclusive, before.inconclusive),
            blocked=_new(self.blocked, before.blocked),
            planned=self.planned - before.planned,
            controls=_new(self.controls, before.controls),
            accepted=self.accepted - before.accepted,
            limits=_new(self.limits, before.limits),
            answers=_more(self.answers, before.answers),
            latency={o: more for o, c in self.latency.items() if (more := _more(c, before.latency.get(o, Counter())))},
            requests=self.requests - before.requests,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values that `from_json` reads again."""
        return {
            "exercised": dict(self.exercised),
            "violations": dict(self.violations),
            "findings": {k: [asdict(f) for f in fs] for k, fs in self.findings.items()},
            "inconclusive": self.inconclusive,
            "blocked": self.blocked,
            "planned": sorted(self.planned),
            "controls": self.controls,
            "accepted": sorted(self.accepted),
            "limits": self.limits,
            "answers": dict(self.answers),
            "latency": {o: {str(bucket): n for bucket, n in c.items()} for o, c in self.latency.items()},
            "requests": self.requests,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tally:
        """Read what `to_json` wrote; what is empty may be absent."""
        return cls(
            exercised=Counter(data.get("exercised", {})),
            violations=Counter(data.get("violations", {})),
            findings={k: [Finding(**f) for f in fs] for k, fs in data.get("findings", {}).items()},
            inconclusive=dict(data.get("inconclusive", {})),
            blocked=dict(data.get("blocked", {})),
            planned=set(data.get("planned", ())),
            controls=dict(data.get("controls", {})),
            accepted=set(data.get("accepted", ())),
            limits=dict(data.get("limits", {})),
            answers=Counter(data.get("answers", {})),
            latency={o: Counter({int(b): n for b, n in c.items()}) for o, c in data.get("latency", {}).items()},
            requests=int(data.get("requests", 0)),
        )


def _more(after: Counter[K], before: Counter[K]) -> Counter[K]:
    """Return by how much counts are greater; looked at after each case, so `Counter.__sub__` would cost too much."""
    if dict.__eq__(after, before):
        return Counter()
    known = before.get
    return Counter({key: count - old for key, count in after.items() if count > (old := known(key, 0))})


def _new(after: dict[str, V], before: Mapping[str, V]) -> dict[str, V]:
    return {k: v for k, v in after.items() if k not in before or before[k] != v}


def _unknown(findings: list[Finding], kept: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if not _known(kept, finding)]


def _known(kept: list[Finding], finding: Finding) -> bool:
    return any(_equal(f, finding) for f in kept)


def _equal(one: Finding, other: Finding) -> bool:
    return (one.expected, one.observed) == (other.expected, other.observed)


def _merged_controls(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """Join the states of controls; an accepted one wins."""
    merged = dict(one)
    for operation, state in other.items():
        if merged.get(operation) != "accepted":
            merged[operation] = state
    return merged
