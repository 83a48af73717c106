"""Judging: what an exchange says about the requirements of the contract."""

from conformance.judge.reaction import Reaction, react, why_unusable
from conformance.judge.validation import AnswerJudge, Sight

__all__ = ["AnswerJudge", "Reaction", "Sight", "react", "why_unusable"]
